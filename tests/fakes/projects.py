"""A simple index of small C extensions, made on the spot."""

from __future__ import annotations

import hashlib
import io
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

_SETUP = """
import os, time
from setuptools import Extension, setup
time.sleep(float(os.environ.get("SLOWLY", "0")))
setup(name={project!r}, version="1.0", ext_modules=[Extension({module!r}, [{module!r} + ".c"])],
      install_requires={requires!r})
"""
_SOURCE = """
#include <Python.h>
{include}
static struct PyModuleDef module = {{PyModuleDef_HEAD_INIT, "{module}"}};
PyMODINIT_FUNC PyInit_{module}(void) {{ return PyModule_Create(&module); }}
"""
_METADATA = "Metadata-Version: 2.2\nName: {project}\nVersion: 1.0\n"


@dataclass(frozen=True)
class Project:
    """One project; its only release is 1.0."""

    requires: tuple[str, ...] = ()
    include: str = ""
    """A line of its source."""


def make_index(folder: Path, projects: Mapping[str, Project], *, sha256: str | None = None) -> str:
    """Write the index, with a hash of one's choice; returns its address."""
    for name, project in projects.items():
        place = folder / "simple" / name
        place.mkdir(parents=True)
        sdist = place / f"{name.replace('-', '_')}-1.0.tar.gz"
        _write(sdist, _files(name, project))
        digest = sha256 or hashlib.sha256(sdist.read_bytes()).hexdigest()
        link = f'<a href="{sdist.name}#sha256={digest}">{sdist.name}</a>'
        (place / "index.html").write_text(f"<!DOCTYPE html><html><body>{link}</body></html>")
    return (folder / "simple").as_uri()


def _files(name: str, project: Project) -> dict[str, str]:
    module = name.replace("-", "_")
    requires = list(project.requires)
    needs = "".join(f"Requires-Dist: {need}\n" for need in requires)
    return {
        "setup.py": _SETUP.format(project=name, module=module, requires=requires),
        f"{module}.c": _SOURCE.format(module=module, include=project.include),
        "PKG-INFO": _METADATA.format(project=name) + needs,
    }


def _write(sdist: Path, files: Mapping[str, str]) -> None:
    with tarfile.open(sdist, "w:gz") as archive:
        for name, text in files.items():
            member = tarfile.TarInfo(f"{sdist.name.removesuffix('.tar.gz')}/{name}")
            member.size = len(text)
            archive.addfile(member, io.BytesIO(text.encode()))
