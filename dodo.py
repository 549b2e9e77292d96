"""One entry for every habit: ``doit list``.

``doit port:numpy-1.18.5-cp39`` ports what the plans in graphs/ name, step by step; the steps and
their order are porter's own.
"""

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent
BIN = Path(sys.executable).parent
APT_INSTALL = "apt-get install -y --no-install-recommends"
DOIT_CONFIG = {"default_tasks": ["lint", "type", "test:unit"], "verbosity": 2}


def _command(*words: str) -> str:
    return " ".join([str(BIN / words[0]), *words[1:]])


def task_lint() -> dict[str, Any]:
    """ruff: rules and format; the arrows between the rooms."""
    return {
        "actions": [
            _command("ruff", "check", "."),
            _command("ruff", "format", "--check", "."),
            _command("lint-imports", "--no-cache"),
        ]
    }


def task_format() -> dict[str, Any]:
    """Let ruff format and mend what it can."""
    return {"actions": [_command("ruff", "check", "--fix", "."), _command("ruff", "format", ".")]}


def task_type() -> dict[str, Any]:
    """mypy, strict."""
    return {"actions": [_command("mypy")]}


def task_setup() -> dict[str, Any]:
    """What the docker and end-to-end tests need on this machine (changes it: needs root)."""
    pythons = ("--python", "3.9", "--python", "3.11")
    return {
        "actions": [
            _command("porter", "setup", "--yes", *pythons),
            _command("porter", "setup", "--yes", "--python", "3.11", "--arch", "s390x"),
            # For the engines' own tests: a static program, and the other way into namespaces.
            f"which busybox bwrap >/dev/null || {APT_INSTALL} busybox-static bubblewrap",
            # For the tests of the report page.
            f"which chromium >/dev/null || {APT_INSTALL} chromium",
        ]
    }


def task_test() -> Iterator[dict[str, Any]]:
    """The tests, by what they need."""
    kinds = {
        "unit": ("tests/unit tests/replay", "No I/O but temporary files; under a minute."),
        "docker": ("tests/docker", "Real engines and images."),
        "e2e": ("tests/e2e", "The whole way on real packages."),
        "all": ("tests", "Every test in one run."),
    }
    for name, (folders, doc) in kinds.items():
        # The others share one machine's engines, ports and cores.
        workers = ("-n", "auto") if name == "unit" else ()
        yield {
            "name": name,
            "doc": doc,
            "actions": [_command("pytest", *workers, folders)],
            "task_dep": [] if name == "unit" else ["setup"],
        }


def task_docs() -> dict[str, Any]:
    """Write the reference pages that are made from the code; make the site, strictly."""
    site = _command("mkdocs", "build", "--strict")
    return {"actions": [f"{sys.executable} docs/make.py", site]}


def task_graphs() -> dict[str, Any]:
    """Draw the pictures in graphs/ from the plans there."""
    return {"actions": [f"{sys.executable} docs/pictures.py"]}


def task_bench() -> Iterator[dict[str, Any]]:
    """What is claimed about speed, measured; writes its table into docs."""
    scripts = sorted((ROOT / "benchmarks").glob("*.py"))
    for script in (path for path in scripts if path.stem not in {"cases", "numerics"}):
        yield {"name": script.stem, "actions": [f"{sys.executable} {script}"]}


def task_cases() -> dict[str, Any]:
    """Build what porter promises to build; writes docs/explanation/cases.md."""
    return {
        "actions": [f"{sys.executable} {ROOT / 'benchmarks' / 'cases.py'} %(options)s"],
        "params": [
            {"name": "options", "long": "options", "default": "", "help": "of benchmarks/cases.py"}
        ],
        "task_dep": ["setup"],
    }


def task_numerics() -> dict[str, Any]:
    """Packages' own tests, cross beside the target's gcc; writes docs/explanation/numerics.md."""
    return {
        "actions": [f"{sys.executable} {ROOT / 'benchmarks' / 'numerics.py'}"],
        "task_dep": ["setup"],
    }


def task_pins() -> dict[str, Any]:
    """Compare porter's pins with uv's anew; records them for the tests, writes the table."""
    paths = os.pathsep.join(str(ROOT / folder) for folder in ("src", "tests", "benchmarks"))
    script = ROOT / "tests" / "replay" / "record_pins.py"
    return {"actions": [f"PYTHONPATH={paths} {sys.executable} {script}"]}


def task_port() -> Iterator[dict[str, Any]]:
    """The ports of the plans in graphs/, one task for each step."""
    from porter import app

    everything = {
        "doc": "Port everything the plans in graphs/ name.",
        "task_dep": ["port:*:publish"],
    }
    yield {"name": None, **everything}
    yield from app.port_tasks(ROOT, notice=print)
