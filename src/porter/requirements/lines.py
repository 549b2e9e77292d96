r"""From the bytes of a requirement file to its logical lines.

https://pip.pypa.io/en/stable/reference/requirements-file-format/ tells the format: a line ends in
``\`` to go on, ``#`` at its start or after a space begins a comment, ``${NAME}`` is the
environment's.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator, Mapping

# UTF-32's mark begins with UTF-16's, so the longer ones come first.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_CODING = re.compile(rb"#.*?coding[:=]\s*([-\w.]+)")  # PEP 263
_COMMENT = re.compile(r"(^|\s)#.*$")
_WHOLE_COMMENT = re.compile(r"\s*#")
_VARIABLE = re.compile(r"\$\{([A-Z0-9_]+)\}")


def decode(data: bytes) -> str:
    """The text: as its byte order mark says, else as its coding comment says, else UTF-8.

    Raises `UnicodeError`, or `LookupError` for a coding that does not exist.
    """
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding)
    for line in data.split(b"\n")[:2]:
        if match := _CODING.match(line):
            return data.decode(match[1].decode("ascii"))
    return data.decode("utf-8")


def logical_lines(text: str, environ: Mapping[str, str]) -> Iterator[tuple[int, str]]:
    """Each line that says something, and the number (from 1) of the line it begins on.

    Continuations are joined, comments are gone, variables that are set and not empty are put in.
    """
    for number, joined in _joined(text.splitlines()):
        line = _COMMENT.sub("", joined).strip()
        if line:
            yield number, _VARIABLE.sub(lambda match: environ.get(match[1]) or match[0], line)


def _joined(lines: list[str]) -> Iterator[tuple[int, str]]:
    begun, parts = 0, list[str]()
    for number, line in enumerate(lines, start=1):
        begun = begun if parts else number
        comment = _WHOLE_COMMENT.match(line)
        if line.endswith("\\") and not comment:
            parts.append(line.strip("\\"))
            continue
        # A comment line ends what was continued; the space keeps it a comment after joining.
        yield begun, "".join([*parts, f" {line}" if comment else line])
        parts = []
    if parts:
        yield begun, "".join(parts)
