"""Programs that a setup.py runs and expects to be there: CMake and SWIG.

The PyPA's images have them among their programs, so that nobody who builds in them misses them in
``build-system.requires`` (dlib and pybase64 do not ask for CMake, pyscard does not for SWIG). Where
one is missing, some build without their extension. The index has wheels of both.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from packaging.requirements import InvalidRequirement
from packaging.utils import NormalizedName, canonicalize_name

from porter.resolve.metadata import read_requirement

# By the name of their project. A command's first word, or scikit-build, which drives CMake; a
# source in SWIG's language, which distutils has made into C.
_RUN = {
    "cmake": rb"""["']cmake["']|^[ \t]*(?:from|import)[ \t]+skbuild\b""",
    "swig": rb"""["']swig["']|\w\.i["']""",
}
_RUNS = {name: re.compile(pattern, re.MULTILINE) for name, pattern in _RUN.items()}
_SCRIPT = ".sh"
_CALLS = {name: re.compile(rb"^[ \t]*%s\b" % name.encode(), re.MULTILINE) for name in _RUN}


def programs_run(files: Mapping[str, bytes]) -> frozenset[str]:
    """The programs that a setup.py looks like it runs, by itself or by a shell script it names.

    `files`: those at the top of a source, by name.
    """
    setup = files.get("setup.py", b"")
    scripts = [
        text for name, text in files.items() if name.endswith(_SCRIPT) and name.encode() in setup
    ]
    return frozenset(
        name
        for name in _RUN
        if _RUNS[name].search(setup) or any(_CALLS[name].search(text) for text in scripts)
    )


def asked_for(requires: Iterable[str]) -> frozenset[NormalizedName]:
    """The projects among build requirements; those that cannot be read are passed over."""
    return frozenset(name for text in requires if (name := _name(text)))


def _name(text: str) -> NormalizedName | None:
    try:
        return canonicalize_name(read_requirement(text).name)
    except InvalidRequirement:
        return None
