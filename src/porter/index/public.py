"""The address of the public index, as pypi_simple states it."""

from __future__ import annotations

import ast
from importlib.util import find_spec
from pathlib import Path

_NAME = "PYPI_SIMPLE_ENDPOINT"


def public_index() -> str:
    """The value of ``pypi_simple.PYPI_SIMPLE_ENDPOINT``.

    It is read out of the package's source: importing the package for this one string imports
    requests and BeautifulSoup with it, which takes longer than a whole plan. Where the source does
    not have it as a plain assignment, the package is imported after all.
    """
    return _stated(_source()) or _imported()


def _source() -> str:
    spec = find_spec("pypi_simple")
    if spec is None or not spec.has_location or spec.origin is None:
        return ""
    try:
        return Path(spec.origin).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):  # in a zip, or compiled only: the import can tell
        return ""


def _stated(source: str) -> str | None:
    """The string assigned to the constant at the top level of a module, or None."""
    for statement in ast.parse(source).body:
        match statement:
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.Constant(value=str(text))):
                found = name
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Constant(value=str(text))):
                found = name
            case _:
                continue
        if found == _NAME:
            return text
    return None


def _imported() -> str:
    from pypi_simple import PYPI_SIMPLE_ENDPOINT

    return PYPI_SIMPLE_ENDPOINT
