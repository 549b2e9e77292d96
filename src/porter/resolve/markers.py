"""The marker environment of a platform other than the host's (PEP 508)."""

from __future__ import annotations

from collections.abc import Mapping

from packaging.markers import Marker, UndefinedComparison, UndefinedEnvironmentName

from porter.model import Architecture, Interpreter, Platform


def marker_environment(
    platform: Platform | Architecture, interpreter: Interpreter
) -> dict[str, str]:
    """Every marker variable for CPython on Linux; nothing is taken from the host.

    ``platform_release`` and ``platform_version`` are the kernel's, which no plan can know: they
    are empty, as uv has them for a foreign platform.
    """
    arch = platform.arch if isinstance(platform, Platform) else platform
    return {
        "implementation_name": "cpython",
        "implementation_version": interpreter.full_version,
        "os_name": "posix",
        "platform_machine": arch.name,
        "platform_release": "",
        "platform_system": "Linux",
        "platform_version": "",
        "platform_python_implementation": "CPython",
        "python_full_version": interpreter.full_version,
        "python_version": interpreter.version,
        "sys_platform": "linux",
    }


def applies(marker: Marker | None, environment: Mapping[str, str], extra: str = "") -> bool:
    """Whether a requirement with this marker counts, for one extra (empty: for none).

    A comparison PEP 508 leaves undefined (``os_name ~= "posix"``) is false, as in uv; so is one of
    a variable that only lock files have (``extras``).
    """
    if marker is None:
        return True
    try:
        return marker.evaluate({**environment, "extra": extra})
    except (UndefinedComparison, UndefinedEnvironmentName):
        return False
