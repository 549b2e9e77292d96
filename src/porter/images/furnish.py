"""Make a working root of what the packages of a Debian suite unpack to.

Packages are only extracted: their maintainer scripts, which would have to run under QEMU, do not
run. What porter needs of their work is done here, by files and links alone.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from porter.errors import ImageError
from porter.images.catalogue import Suite
from porter.images.layout import (
    CERTIFICATES,
    ENVIRONMENT_FILE,
    environment,
    python_folder,
)
from porter.images.ldcache import write_cache
from porter.images.unpack import relative_link
from porter.model import Architecture, Interpreter

VERSION = 1
"""Part of a root's digest: raise it when what is done here changes."""

# What update-alternatives and diversions would have linked.
_LINKS = {
    "bin/sh": "/bin/dash",
    "usr/bin/awk": "/usr/bin/gawk",
    "usr/bin/c++": "/usr/bin/g++",
    "usr/bin/cc": "/usr/bin/gcc",
    "usr/bin/which": "/usr/bin/which.debianutils",
}
_FOLDERS = ("dev", "home", "opt", "proc", "root", "run", "sys", "tmp", "usr/local/bin", "var/tmp")
_DROPPED_BELOW = (
    "dev/", "usr/share/info/", "usr/share/lintian/", "usr/share/locale/", "usr/share/man/",
    "var/cache/", "var/lib/apt/lists/", "var/log/",
)  # fmt: skip


def wanted(path: str) -> bool:
    """Whether a file of the packages is kept; documentation is not, but for the licences."""
    if path.startswith("usr/share/doc/"):
        return path.count("/") == 3 or path.endswith("/copyright")  # the package's folder
    return not path.startswith(_DROPPED_BELOW)


def furnish(root: Path, suite: Suite, arch: Architecture) -> None:
    """Do the maintainer scripts' work and lay out the root as the manylinux contract says."""
    for folder in _FOLDERS:
        (root / folder).mkdir(parents=True, exist_ok=True)
    for folder in ("tmp", "var/tmp"):
        (root / folder).chmod(0o1777)
    for link, target in _LINKS.items():
        _link(root, link, target)
    _accounts(root)
    _certificates(root)
    _environment(root, suite, arch)
    _python(root, suite.interpreter)
    write_cache(root, arch)


def _link(root: Path, link: str, target: str) -> None:
    place = root / link
    if not place.is_symlink() and not place.exists() and (root / target.lstrip("/")).exists():
        place.symlink_to(relative_link(link, target))


def _accounts(root: Path) -> None:
    for name in ("passwd", "group"):
        shutil.copyfile(root / f"usr/share/base-passwd/{name}.master", root / "etc" / name)
    (root / "etc/hosts").write_text("127.0.0.1 localhost\n", encoding="utf-8")
    (root / "etc/resolv.conf").write_text("", encoding="utf-8")


def _certificates(root: Path) -> None:
    """Join the certificate authorities into one file (``update-ca-certificates``)."""
    bundle = root / CERTIFICATES.lstrip("/")
    bundle.parent.mkdir(parents=True, exist_ok=True)
    with bundle.open("wb") as out:
        for certificate in sorted((root / "usr/share/ca-certificates").rglob("*.crt")):
            out.write(certificate.read_bytes().rstrip() + b"\n")


def _environment(root: Path, suite: Suite, arch: Architecture) -> None:
    lines = [f"{name}={value}\n" for name, value in environment(suite, arch).items()]
    (root / ENVIRONMENT_FILE).write_text("".join(lines), encoding="utf-8")


def _python(root: Path, interpreter: Interpreter) -> None:
    """Link the suite's interpreter to where the manylinux contract has it."""
    binary = f"usr/bin/python{interpreter.version}"
    if not (root / binary).is_file():
        raise ImageError(f"the packages unpacked hold no /{binary}")
    folder = python_folder(interpreter).lstrip("/")
    links = {
        f"{folder}/bin/{name}": f"/{binary}"
        for name in ("python", "python3", f"python{interpreter.version}")
    }
    links[f"{folder}/include"] = "/usr/include"
    for link, target in links.items():
        (root / link).parent.mkdir(parents=True, exist_ok=True)
        (root / link).symlink_to(relative_link(link, target))
