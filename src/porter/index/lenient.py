"""Specifiers of the time before PEP 440 was enforced, read as they were meant.

Old metadata cannot be mended at its source any more. The slips are those that uv's lenient reader
knows, and a few more; each is read as what its author can only have meant.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

# In this order: one slip may hide another (``>=3.6*``).
_SLIPS = (
    (re.compile(r"['\"]"), ""),  # >='2.7'
    (re.compile(r"(?<=[\w*.])\s*(?=[<>!~=])"), ","),  # >=3.5<3.7
    (re.compile(r"!=\s*~\s*(\d+(?:\.\d+)*)"), r"!=\1.*"),  # !=~5.0
    (re.compile(r">=?\s*dev\b"), ">=0"),  # >dev
    (re.compile(r"(?<=\d)\*"), ".*"),  # >=3.6*
    (re.compile(r"(?<=\d)\.(?=\s*(?:,|$))"), ""),  # >=1.0.
    (re.compile(r"~=(?=\s*\d+(?:\.\d+)*\.\*)"), "=="),  # ~=1.0.*
    (re.compile(r"((?:<|>|<=|>=)\s*\d[\dA-Za-z.]*?)\.\*"), r"\1"),  # >=2.6.*
)
# int() takes time that grows with the square of the digits, and refuses some thousands of them.
_UNREASONABLE = re.compile(r"\d{1000}")
_MOST_NESTED = 100


def is_reasonable(text: str) -> bool:
    """Whether a specifier or a requirement can be given to a parser, however hostile it is."""
    return _UNREASONABLE.search(text) is None and text.count("(") <= _MOST_NESTED


def meanings(specifier: str) -> Iterator[str]:
    """The specifier as it is, then with one kind of slip after another mended."""
    yield specifier
    for slip, meant in _SLIPS:
        mended = slip.sub(meant, specifier)
        if mended != specifier:
            specifier = mended
            yield specifier
