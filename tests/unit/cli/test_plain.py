from __future__ import annotations

import pytest

from porter.cli.plain import plain


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a\tb\nc", "a\tb\nc"),
        ("\x1b[1;31mred\x1b[0m", "red"),
        ("\x1b]0;title\x07rest", "rest"),
        ("\x1b]8;;http://x\x1b\\link", "link"),
        ("\x1bcreset", "creset"),
        ("\x9b2Jgone", "2Jgone"),
        ("back\x08\x08\rover", "backover"),
        ("\x1b]unended\nnext", "\nnext"),
        ("häß, 日本", "häß, 日本"),
    ],
)
def test_only_what_can_be_read_is_left(text: str, expected: str) -> None:
    assert plain(text) == expected
