"""What the target wrote, read as what any program could have written there."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree as ET


@dataclass(frozen=True, slots=True)
class Failure:
    """One import that failed."""

    module: str
    error: str
    """``ImportError: …``"""
    missing: str | None = None
    """The module that was not found, where that was the reason."""
    traceback: str = ""
    through: tuple[str, ...] = ()
    """The modules whose code was being run when it failed, itself and Python's own among them."""
    exited: bool = False
    """Whether it is a script that came to its end, and says that all went well."""


@dataclass(frozen=True, slots=True)
class Imports:
    """How far one run of the probe came."""

    machine: str | None = None
    """None when Python did not even start."""
    python: tuple[int, ...] = ()
    imported: tuple[str, ...] = ()
    failures: tuple[Failure, ...] = ()
    crashed_in: str | None = None
    """The module in whose import the process ended."""
    finished: bool = False


@dataclass(frozen=True, slots=True)
class JUnit:
    """The outcome of a test run; tests by ``classname::name`` as pytest's JUnit file has them."""

    passed: tuple[str, ...]
    failed: Mapping[str, str]
    """Test to the first line of its message."""
    skipped: tuple[str, ...]


def read_imports(data: bytes) -> Imports:
    """Read the lines of `porter.verify.probe`; lines that are not of its kind are passed over."""
    machine: str | None = None
    python: tuple[int, ...] = ()
    imported: list[str] = []
    failures: list[Failure] = []
    current: str | None = None
    finished = False
    for line in _objects(data):
        match line:
            case {"machine": str(machine), "python": [int(major), int(minor)]}:
                python = (major, minor)
            case {"begin": str(current)}:
                pass
            case {"end": str(module), "error": str(error)}:
                failures.append(_failure(module, error, line))
                current = None
            case {"end": str(module)}:
                imported.append(module)
                current = None
            case {"finished": True}:
                finished = True
    return Imports(
        machine, python, tuple(imported), tuple(failures), None if finished else current, finished
    )


def _objects(data: bytes) -> Iterator[dict[str, Any]]:
    for line in data.splitlines():
        try:
            value = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(value, dict):
            yield value


def _text(line: Mapping[str, Any], key: str) -> str | None:
    value = line.get(key)
    return value if isinstance(value, str) else None


def _failure(module: str, error: str, line: Mapping[str, Any]) -> Failure:
    names = line.get("through")
    through = tuple(n for n in names if isinstance(n, str)) if isinstance(names, list) else ()
    trace = _text(line, "traceback") or ""
    exited = line.get("exited") is True
    return Failure(module, error, _text(line, "missing"), trace, through, exited)


def read_tests(data: bytes) -> JUnit | None:
    """Read a JUnit file of pytest's; None when it is not one."""
    if b"<!DOCTYPE" in data or b"<!ENTITY" in data:
        return None
    try:
        root = ET.fromstring(data)  # noqa: S314 - no entities can be in it, see above
    except ET.ParseError:
        return None
    passed, failed, skipped = [], {}, []
    for case in root.iter("testcase"):
        name = f"{case.get('classname', '')}::{case.get('name', '')}"
        trouble = case.find("failure")
        trouble = case.find("error") if trouble is None else trouble
        if trouble is not None:
            failed[name] = (trouble.get("message") or "").partition("\n")[0]
        elif case.find("skipped") is not None:
            skipped.append(name)
        else:
            passed.append(name)
    return JUnit(tuple(passed), failed, tuple(skipped))
