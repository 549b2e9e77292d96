"""What a setup.py uses of setuptools, and which release no longer has it.

The era alone does not bring it back: build tools are never older than the interpreter, and these
were gone when CPython 3.9 came out, or 3.11.
"""

from __future__ import annotations

import re

# By what is gone: the last releases with it. Source: setuptools' history.
_FEATURE = "setuptools<46"
_USE_2TO3 = "setuptools<58"

_IMPORTS = re.compile(rb"^from[ \t]+setuptools[ \t]+import[ \t]*(\([^()]*\)|[^\n(]*)", re.MULTILINE)
_FEATURE_USED = re.compile(rb"^[^#\n]*\bsetuptools\.Feature\b", re.MULTILINE)
_IS_FEATURE = re.compile(rb"\bFeature\b")
_2TO3_USED = re.compile(rb"^[^#\n]*\buse_2to3['\"]?\]?[ \t]*[=:][ \t]*True\b", re.MULTILINE)


def setuptools_with_all(setup: bytes) -> str | None:
    """The setuptools that has all a setup.py uses, as a requirement; None where any may do."""
    imported = any(_IS_FEATURE.search(match[1]) for match in _IMPORTS.finditer(setup))
    if imported or _FEATURE_USED.search(setup):
        return _FEATURE
    return _USE_2TO3 if _2TO3_USED.search(setup) else None
