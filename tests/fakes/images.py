"""An image store in memory, a tar of a small Debian root, and what goes with them."""

from __future__ import annotations

import io
import shutil
import tarfile
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from porter.errors import ImageError
from porter.images.catalogue import PinnedImage, Suite
from porter.images.roots import ROOT
from porter.images.store import ImageInfo
from porter.model import ARCHITECTURES, Architecture, Interpreter


class FakeStore:
    """A container engine's store, and its registry: `registry` holds what can be pulled."""

    def __init__(self, registry: Iterable[str] = ()) -> None:
        self.registry = set(registry)
        self.pulls: list[str] = []
        self._held: dict[str, tuple[ImageInfo, Path | None]] = {}

    def images(self) -> Sequence[ImageInfo]:
        held = [image for image, _ in self._held.values()]
        return sorted(held, key=lambda image: image.created, reverse=True)

    def load(self, root: ImageInfo) -> ImageInfo:
        if root.path is None:
            raise ImageError(f"{root.name} is not unpacked here")
        image = replace(root, name=f"fake/{root.name}", path=None)
        self._held.setdefault(root.digest, (image, root.path))
        return self._held[root.digest][0]

    def unpack(self, image: ImageInfo) -> Path:
        _, path = self._held[image.digest]
        if path is None:
            raise ImageError(f"{image.name} has no files")
        return path

    def remove(self, image: ImageInfo) -> None:
        del self._held[image.digest]

    def pull(self, image: PinnedImage) -> ImageInfo:
        self.pulls.append(image.reference)
        if image.reference not in self.registry:
            raise ImageError(f"cannot pull {image}: no such host")
        pulled = info(name=image.reference, arch=image.arch, origin="pypa", suite=None)
        self._held[pulled.digest] = (pulled, None)
        return pulled

    def install(self, image: ImageInfo, packages: tuple[str, ...]) -> ImageInfo:
        made = replace(
            image,
            name=f"{image.name}+",
            digest=f"{image.digest}{len(packages)}",
            base=image.digest,
            packages=packages,
        )
        self._held[made.digest] = (made, None)
        return made


def info(
    *,
    name: str = "bullseye-aarch64",
    arch: Architecture = ARCHITECTURES["aarch64"],
    origin: str = "debian",
    suite: str | None = "bullseye",
    digest: str = "a1",
) -> ImageInfo:
    return ImageInfo(
        name=name,
        arch=arch,
        digest=f"sha256:{digest}",
        origin="pypa" if origin == "pypa" else "debian",
        interpreters=(Interpreter(3, 9),),
        created="2026-01-02T03:04:05+00:00",
        size=12,
        suite=suite,
    )


class FakeBootstrap:
    """Makes roots of one file; `broken` suites cannot be made."""

    def __init__(self) -> None:
        self.made: list[str] = []
        self.broken: set[str] = set()

    def __call__(self, suite: Suite, arch: Architecture, scratch: Path) -> ImageInfo:
        if suite.name in self.broken:
            raise ImageError(f"mmdebstrap could not make {suite.name}")
        self.made.append(f"{suite.name}-{arch}")
        (scratch / ROOT / "release").write_text(suite.name)
        made = info(
            name=f"{suite.name}-{arch}",
            arch=arch,
            suite=suite.name,
            digest="".join(filter(str.isalnum, f"{suite.name}{arch.bits}{arch.debian}")),
        )
        return replace(made, interpreters=(suite.interpreter,))


class FakeExtension:
    """Adds packages to a root: an empty file for each."""

    def __init__(self) -> None:
        self.made: list[tuple[str, ...]] = []

    def __call__(
        self, image: ImageInfo, files: Path, packages: tuple[str, ...], scratch: Path
    ) -> ImageInfo:
        self.made.append(packages)
        shutil.copytree(files, scratch / ROOT, dirs_exist_ok=True)
        for name in packages:
            (scratch / ROOT / name).touch()
        digest = f"{image.digest}{''.join(filter(str.isalnum, ''.join(packages)))}"
        name = f"{image.suite}-{image.arch}"
        return replace(
            image, name=name, digest=digest, base=image.digest, packages=packages, path=None
        )


Member = tuple[str, bytes | str | None]
"""Path; bytes for a file, text for a symlink, None for a folder."""


def tar(members: Iterable[Member | tarfile.TarInfo]) -> io.BytesIO:
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w") as archive:
        for member in members:
            if isinstance(member, tarfile.TarInfo):
                archive.addfile(member)
                continue
            path, content = member
            entry = tarfile.TarInfo(path)
            entry.mode = 0o755
            if content is None:
                entry.type = tarfile.DIRTYPE
            elif isinstance(content, str):
                entry.type, entry.linkname = tarfile.SYMTYPE, content
            else:
                entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content) if isinstance(content, bytes) else None)
    data.seek(0)
    return data


STATUS = b"""Package: libc6
Status: install ok unpacked
Architecture: arm64
Version: 2.31-13
Description: C library
 with more lines

Package: bash
Status: install ok unpacked
Architecture: arm64
Version: 5.1-2

"""


def debian_tar() -> bytes:
    """What mmdebstrap would leave, much abridged."""
    return tar(
        [
            ("./usr/bin", None),
            ("./usr/bin/python3.9", b"ELF"),
            ("./usr/bin/gcc", "gcc-10"),
            ("./usr/bin/gcc-10", b"ELF"),
            ("./bin/dash", b"ELF"),
            ("./etc/ld.so.conf.d/libc.conf", b"# default\n/usr/local/lib\n"),
            ("./usr/share/base-passwd/passwd.master", b"root:*:0:0\n"),
            ("./usr/share/base-passwd/group.master", b"root:*:0:\n"),
            ("./usr/share/ca-certificates/a/one.crt", b"ONE\n"),
            ("./usr/share/ca-certificates/a/two.crt", b"TWO"),
            ("./usr/share/doc/libc6/copyright", b"LGPL"),
            ("./usr/share/doc/libc6/changelog.gz", b"long"),
            ("./usr/share/man/man1/ls.1", b"long"),
            ("./var/lib/dpkg/status", STATUS),
        ]
    ).getvalue()
