"""A stranger's text, made fit for a terminal."""

from __future__ import annotations

import re

# Whatever could move the cursor, set the window's title or answer in the person's name is
# dropped (ECMA-48: control sequences, operating system commands, all other control characters).
_CONTROL = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b\n]*(?:\x07|\x1b\\)?|[\x00-\x08\x0b-\x1f\x7f-\x9f]"
)


def plain(text: str) -> str:
    """The text without control characters, but for tabs and ends of lines."""
    return _CONTROL.sub("", text)
