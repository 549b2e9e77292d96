"""Debian packages made by hand: see deb(5)."""

from __future__ import annotations

import io
import lzma
from collections.abc import Iterable, Mapping
from pathlib import Path

from fakes.images import Member, tar


def make_deb(
    folder: Path,
    name: str,
    files: Iterable[Member] = (),
    *,
    version: str = "1.0",
    postinst: str | None = None,
) -> Path:
    """A package for arm64 with these files."""
    control = f"Package: {name}\nVersion: {version}\nArchitecture: arm64\nDescription: a\n b\n"
    texts: list[Member] = [("./control", control.encode())]
    if postinst is not None:
        texts.append(("./postinst", postinst.encode()))
    members = {
        "debian-binary": b"2.0\n",
        "control.tar.xz": lzma.compress(tar(texts).getvalue()),
        "data.tar.xz": lzma.compress(tar(files).getvalue()),
    }
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}_{version}_arm64.deb"
    path.write_bytes(_ar(members))
    return path


def _ar(members: Mapping[str, bytes]) -> bytes:
    out = io.BytesIO()
    out.write(b"!<arch>\n")
    for name, data in members.items():
        out.write(f"{name:<16}{0:<12}{0:<6}{0:<6}{100644:<8}{len(data):<10}`\n".encode())
        out.write(data + b"\n" * (len(data) % 2))
    return out.getvalue()
