"""Requirements that are a path or an address alone, as pip takes them, put as ``NAME @ URL``."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import (
    InvalidSdistFilename,
    InvalidWheelFilename,
    parse_sdist_filename,
    parse_wheel_filename,
)

from porter.requirements.options import LineError, hidden

_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*:/", re.IGNORECASE)
_ARCHIVE = (".whl", ".zip", ".tar.gz", ".tgz", ".tar", ".tar.bz2", ".tbz", ".tar.xz", ".txz")
_BARE = re.compile(r"(?P<place>[^\s;\[]+)(?P<extras>\[[^\]]*\])?\s*(?P<marker>;.*)?")
LONGEST = 4000
"""Characters of a requirement: fewer than the digits of the longest number Python reads."""
_NAME_IT = "Write NAME @ ADDRESS."
_FOLDER = "Name an sdist of it (python -m build --sdist), or its repository: NAME @ git+{}."


def named(text: str) -> str:
    """The requirement as PEP 508 has it: unchanged, unless it is a path or an address alone.

    The name is that of the file, or the address's ``#egg=NAME``. A relative path is one of the
    current folder, as for pip. Raises `LineError` for what is no requirement at all, or has no
    name.
    """
    if len(text) > LONGEST:
        raise LineError(f"a requirement of {len(text)} characters; it may have {LONGEST}")
    try:
        return _named(text)
    except (OSError, ValueError, RuntimeError) as error:
        # Of a path: too long, of a user who is not there; of an address or a marker: its brackets.
        raise LineError(f"malformed requirement {hidden(text)!r}: {hidden(str(error))}") from error


def _named(text: str) -> str:
    bare = text.partition(";")[0].strip()
    if bare.endswith(".txt") and Path(bare).is_file():
        raise LineError(f"{bare!r} is a file of requirements", f"Have it read by -r {bare}.")
    is_address = bool(_ADDRESS.match(bare))
    if not (is_address or _is_path(bare)):
        return _checked(text)
    match = _BARE.fullmatch(text.strip())
    if match is None:
        raise LineError(f"malformed requirement {hidden(text)!r}", _NAME_IT)
    place = match["place"]
    url = place if is_address else _file(place)
    return _checked(f"{_name(url)}{match['extras'] or ''} @ {url} {match['marker'] or ''}".strip())


def _checked(text: str) -> str:
    try:
        Requirement(text)
    except InvalidRequirement as error:
        reason = str(error).partition("\n")[0]
        raise LineError(f"malformed requirement {hidden(text)!r}: {hidden(reason)}") from None
    return text


def _is_path(bare: str) -> bool:
    if " @ " in bare or "@" in bare.partition("/")[0]:
        return False
    return bare.startswith((".", "~")) or "/" in bare.partition("[")[0] or bare.endswith(_ARCHIVE)


def _file(place: str) -> str:
    path = Path(place).expanduser().absolute()
    if path.is_dir():
        raise LineError(
            f"{place!r} is a folder, and porter builds from archives and repositories",
            _FOLDER.format(path.as_uri()),
        )
    return path.as_uri()


def _name(url: str) -> str:
    parts = urlsplit(url)
    if egg := parse_qs(parts.fragment).get("egg"):
        return egg[0]
    filename = unquote(parts.path.rpartition("/")[2])
    try:
        if filename.endswith(".whl"):
            return str(parse_wheel_filename(filename)[0])
        return str(parse_sdist_filename(filename)[0])
    except InvalidWheelFilename as error:
        raise LineError(f"{hidden(url)!r} is no wheel: {error}") from None
    except InvalidSdistFilename:
        raise LineError(
            f"nothing tells the name of the project at {hidden(url)!r}", _NAME_IT
        ) from None
