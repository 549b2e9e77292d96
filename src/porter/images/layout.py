"""The manylinux contract: where interpreters lie in an image and what its environment says.

Source: the manylinux repository's Dockerfile and README. Images bootstrapped from Debian honour
it too, so that nothing downstream cares where an image came from.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from porter.images.catalogue import Suite
from porter.model import Architecture, Interpreter

CERTIFICATES = "/etc/ssl/certs/ca-certificates.crt"
ENVIRONMENT_FILE = "etc/environment"
"""Where an unpacked root keeps its environment (an image has it in its configuration)."""
SEARCH_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def python_folder(interpreter: Interpreter) -> str:
    """``/opt/python/cp39-cp39``; up to CPython 3.7 the ABI ends in ``m``."""
    return f"/opt/python/{interpreter.tag}-{interpreter.abi}"


def python_path(interpreter: Interpreter) -> str:
    """``/opt/python/cp39-cp39/bin/python``."""
    return f"{python_folder(interpreter)}/bin/python"


def environment(suite: Suite, arch: Architecture) -> Mapping[str, str]:
    """What a bootstrapped root defines. It names the policy its own glibc satisfies."""
    return {
        "AUDITWHEEL_ARCH": arch.name,
        "AUDITWHEEL_PLAT": f"{suite.policy.perennial}_{arch}",
        "AUDITWHEEL_POLICY": suite.policy.perennial,
        "DEVTOOLSET_ROOTPATH": "",
        "LANG": "C.UTF-8",
        "LC_ALL": "C.UTF-8",
        "LD_LIBRARY_PATH": "",
        "PATH": SEARCH_PATH,
        "PKG_CONFIG_PATH": "/usr/local/lib/pkgconfig",
        "SSL_CERT_FILE": CERTIFICATES,
    }


def read_environment(root: Path) -> Mapping[str, str]:
    """What an unpacked root says its environment is; nothing where it does not say."""
    file = root / ENVIRONMENT_FILE
    if not file.is_file():
        return {}
    lines = file.read_text(encoding="utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))
