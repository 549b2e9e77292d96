"""Interpreters of this machine, for builds that engine ``local`` runs on the host."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from porter.engine.protocol import Root
from porter.engine.remembered import Answer, File, keep, recall
from porter.errors import EngineError, ImageError
from porter.model import ARCHITECTURES, Interpreter

_SECONDS = 20
# Runs on Python 3.6 too. The library is the shared libpython, where the interpreter has one.
_QUESTION = """
import json, os, sys, sysconfig
var = sysconfig.get_config_var
print(json.dumps({
    "program": os.path.realpath(getattr(sys, "_base_executable", None) or sys.executable),
    "library": os.path.join(var("LIBDIR") or "", var("INSTSONAME") or ""),
    "implementation": sys.implementation.name,
    "version": list(sys.version_info[:2]),
    "patch": sys.version,
    "abiflags": sys.abiflags,
}))
"""


@dataclass(frozen=True, slots=True)
class Found:
    """What an interpreter says of itself."""

    program: Path
    """The real program, links and shims followed."""
    library: Path
    """Its libpython; need not exist."""
    description: str
    """``sys.version``."""


def find(interpreter: Interpreter, environ: Mapping[str, str]) -> Path | None:
    """The real program of a CPython of that version, or None.

    Looked for on PATH, in pyenv (newest patch release first), and by ``uv python find``; debug
    and free-threaded builds do not count, for their extensions have another ABI.
    """
    found = _find(interpreter, environ)
    return found.program if found else None


@cache
def host_root(interpreter: Interpreter, folder: Path | None = None) -> Root:
    """The host as a root with that interpreter; looked for once per process.

    What was found is remembered in `folder`, if one is given.
    Raises `ImageError` that says how to get the interpreter.
    """
    found = _remembered(interpreter, folder) if folder else _find(interpreter, os.environ)
    if found is None:
        version = interpreter.version
        raise ImageError(
            f"no CPython {version} on this machine (PATH, pyenv, uv)",
            hint=f"uv python install {version}, or pyenv install {version}, or apt-get install "
            f"python{version} python{version}-dev where the distribution has it",
        )
    machine = platform.machine()
    if machine not in ARCHITECTURES:
        raise EngineError(f"porter does not know this machine's architecture, {machine}")
    return Root("host", ARCHITECTURES[machine], _digest(found), str(found.program), "host")


def ask(program: Path, interpreter: Interpreter) -> Found | None:
    """What a program says of itself; None unless it is a release build of that CPython."""
    command = [str(program), "-I", "-S", "-c", _QUESTION]
    try:
        said = subprocess.run(
            command, capture_output=True, check=False, env={}, cwd="/", timeout=_SECONDS
        )
        answer = json.loads(said.stdout) if said.returncode == 0 else None
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return None  # not a Python, or one that does not run: the next candidate may
    if not answer or answer["implementation"] != "cpython" or answer["abiflags"] not in {"", "m"}:
        return None
    if answer["version"] != [interpreter.major, interpreter.minor]:
        return None
    return Found(Path(answer["program"]), Path(answer["library"]), answer["patch"])


def _remembered(interpreter: Interpreter, folder: Path) -> Found | None:
    """What was found last time if it is still there, else what is found now."""
    place = folder / f"{interpreter.tag}.json"
    known = recall(place, _candidates(interpreter, os.environ))
    if known is not None:
        return Found(Path(known.program.path), Path(known.library), known.description)
    asked: list[File | None] = []
    for candidate in _candidates(interpreter, os.environ):
        asked.append(File.at(candidate))
        found = ask(candidate, interpreter)
        if found is not None and (program := File.at(found.program)) is not None:
            keep(place, Answer(tuple(asked), program, str(found.library), found.description))
            return found
    return None


def _find(interpreter: Interpreter, environ: Mapping[str, str]) -> Found | None:
    candidates = _candidates(interpreter, environ)
    return next((found for c in candidates if (found := ask(c, interpreter))), None)


def _candidates(interpreter: Interpreter, environ: Mapping[str, str]) -> Iterator[Path]:
    yield from _on_path(interpreter, environ)
    yield from _in_pyenv(interpreter, environ)
    yield from _by_uv(interpreter, environ)


def _on_path(interpreter: Interpreter, environ: Mapping[str, str]) -> Iterator[Path]:
    for name in (f"python{interpreter.version}", "python3", "python"):
        if found := shutil.which(name, path=environ.get("PATH", "")):
            yield Path(found)


def _in_pyenv(interpreter: Interpreter, environ: Mapping[str, str]) -> Iterator[Path]:
    home = environ.get("PYENV_ROOT") or f"{environ.get('HOME', '')}/.pyenv"
    pattern = re.compile(rf"{re.escape(interpreter.version)}\.(\d+)")
    patches = {
        int(match[1]): folder
        for folder in Path(home, "versions").glob(f"{interpreter.version}.*")
        if (match := pattern.fullmatch(folder.name))
    }
    for patch in sorted(patches, reverse=True):
        yield patches[patch] / "bin" / f"python{interpreter.version}"


def _by_uv(interpreter: Interpreter, environ: Mapping[str, str]) -> Iterator[Path]:
    """https://docs.astral.sh/uv/reference/cli/#uv-python-find; it downloads nothing."""
    uv = shutil.which("uv", path=environ.get("PATH", ""))
    if uv is None:
        return
    command = [uv, "python", "find", "--no-python-downloads", "--no-project", interpreter.version]
    said = subprocess.run(
        command, capture_output=True, check=False, env=dict(environ), timeout=_SECONDS, text=True
    )
    if said.returncode == 0:
        yield Path(said.stdout.strip())


def _digest(found: Found) -> str:
    """Identity of the interpreter: its version, program and library, not where they lie."""
    digest = hashlib.sha256(found.description.encode())
    for file in (found.program, found.library):
        if file.is_file():
            with file.open("rb") as stream:
                digest.update(hashlib.file_digest(stream, "sha256").digest())
    return f"sha256:{digest.hexdigest()}"
