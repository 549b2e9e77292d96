"""What ``/proc/cpuinfo`` tells in a build: the least processor of the target's architecture.

A setup.py that asks it what to compile for (numcodecs, PyTables, py-cpuinfo) would otherwise find
the build machine's, under QEMU too, and compile SSE2 or AVX2.
"""

from __future__ import annotations

from porter.model import Architecture

CPUINFO = "/proc/cpuinfo"

# As the kernel writes it, with the features that every processor of the architecture has.
_TOLD = {
    "aarch64": """\
processor\t: 0
Features\t: fp asimd
CPU architecture: 8
""",
    "armv7l": """\
processor\t: 0
Features\t: half thumb fastmult vfp edsp vfpv3 vfpv3d16
CPU architecture: 7
""",
    "ppc64le": """\
processor\t: 0
cpu\t\t: POWER8
""",
    "s390x": """\
vendor_id       : IBM/S390
features\t: esan3 zarch stfle
""",
}


def cpuinfo(arch: Architecture) -> str | None:
    """Its text; None for an architecture whose builds see the machine's own."""
    return _TOLD.get(arch.name)
