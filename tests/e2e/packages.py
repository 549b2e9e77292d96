"""Small packages on an index of our own: one builds, one does not, one needs both."""

from __future__ import annotations

import hashlib
import io
import tarfile
from collections.abc import Mapping
from pathlib import Path

SCRIPT = "<script>window.owned = 1</script>"
# Ends an element, sets the title of a terminal's window, turns text red, moves the cursor up.
HOSTILE = f"</script>{SCRIPT}<img src=x onerror=owned=1>\\x1b]0;owned\\x07\\x1b[31m\\x1b[2A"
_MODULE = """#include <Python.h>
static struct PyModuleDef d = {{PyModuleDef_HEAD_INIT, "{0}"}};
PyMODINIT_FUNC PyInit_{0}(void) {{ return PyModule_Create(&d); }}
"""
_SETUP = """from setuptools import Extension, setup
setup(name="porter-{0}", version="1.0", ext_modules=[Extension("{0}", ["{0}.c"])])
"""


def index(folder: Path) -> str:
    """The address of a simple index with porter-good, porter-bad and porter-top."""
    simple = folder / "simple"
    for name in ("good", "bad", "top"):
        files = {"setup.py": _SETUP.format(name), f"{name}.c": _MODULE.format(name)}
        needs = ["porter-good", "porter-bad"] if name == "top" else []
        if name == "bad":
            files["setup.py"] = f'print("{HOSTILE}")\n{files["setup.py"]}'
            files["bad.c"] = f'#error "{SCRIPT}"\n'
        _sdist(simple / f"porter-{name}", f"porter_{name}-1.0", files, needs)
    return simple.as_uri()


def _sdist(project: Path, stem: str, files: Mapping[str, str], needs: list[str]) -> None:
    project.mkdir(parents=True)
    requires = "".join(f"Requires-Dist: {need}\n" for need in needs)
    facts = f"Metadata-Version: 2.2\nName: {project.name}\nVersion: 1.0\n{requires}"
    sdist = project / f"{stem}.tar.gz"
    with tarfile.open(sdist, "w:gz") as archive:
        for name, text in {**files, "PKG-INFO": facts}.items():
            member = tarfile.TarInfo(f"{stem}/{name}")
            member.size = len(text.encode())
            archive.addfile(member, io.BytesIO(text.encode()))
    sha256 = hashlib.sha256(sdist.read_bytes()).hexdigest()
    (project / "index.html").write_text(f'<a href="{sdist.name}#sha256={sha256}">{sdist.name}</a>')
