"""A registry of crates: sparse protocol, as https://doc.rust-lang.org/cargo/ has it."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import tarfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import httpx

from fakes.site import Answer

CRATES_IO = "registry+https://crates.example/git-index"
"""How locks write the registry that a made-up cargo knows."""


@dataclass(frozen=True)
class FakeCrate:
    """A crate as its author published it."""

    name: str
    version: str
    files: Mapping[str, str]
    needs: tuple[str, ...] = ()
    """Names of the crates it depends on, in any version."""
    source: str = CRATES_IO
    """The registry, as locks write it."""

    @property
    def archive(self) -> bytes:
        """The ``.crate`` file: the same bytes each time."""
        made = io.BytesIO()
        with tarfile.open(fileobj=made, mode="w") as archive:
            for path, text in sorted(self.files.items()):
                member = tarfile.TarInfo(f"{self.name}-{self.version}/{path}")
                member.size = len(text.encode())
                archive.addfile(member, io.BytesIO(text.encode()))
        packed = io.BytesIO()
        with gzip.GzipFile(fileobj=packed, mode="wb", mtime=0) as stream:
            stream.write(made.getvalue())
        return packed.getvalue()

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.archive).hexdigest()

    @property
    def listed(self) -> bytes:
        """Its line in the index."""
        needed: list[dict[str, object]] = [
            {
                "name": name,
                "req": "*",
                "features": [],
                "optional": False,
                "default_features": True,
                "target": None,
                "kind": "normal",
            }
            for name in self.needs
        ]
        entry = {"name": self.name, "vers": self.version, "deps": needed, "cksum": self.sha256}
        return json.dumps({**entry, "features": {}, "yanked": False}).encode() + b"\n"

    @property
    def locked(self) -> str:
        """Its entry in a lock."""
        needed = "".join(f' "{name}",\n' for name in self.needs)
        return (
            f'[[package]]\nname = "{self.name}"\nversion = "{self.version}"\n'
            f'source = "{self.source}"\nchecksum = "{self.sha256}"\n'
            + (f"dependencies = [\n{needed}]\n" if needed else "")
        )


def lock(package: FakeCrate, crates: Iterable[FakeCrate]) -> str:
    """The Cargo.lock of a package that lies in the source tree, and takes these crates."""
    needed = "".join(f' "{name}",\n' for name in package.needs)
    own = f'[[package]]\nname = "{package.name}"\nversion = "{package.version}"\n'
    entries = [crate.locked for crate in crates]
    return "\n".join(["version = 3\n", *entries, f"{own}dependencies = [\n{needed}]\n"])


@dataclass
class Registry:
    """Answers below ``/index/`` as a sparse registry, below ``/crates/`` with its archives."""

    crates: Iterable[FakeCrate]
    template: str = "{base}crates"
    pages: dict[str, Answer] = field(default_factory=dict)
    """By path; they go before what is made of the crates."""
    seen: list[str] = field(default_factory=list)
    """The paths asked for, in order."""

    def __call__(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        self.seen.append(path)
        base = str(request.url.join("/"))
        found = {**self._content(base), **self.pages}.get(path, Answer(404))
        return found.response()

    def transport(self) -> httpx.MockTransport:
        """What a client takes for a network."""
        return httpx.MockTransport(self)

    def _content(self, base: str) -> dict[str, Answer]:
        told = {"dl": self.template.replace("{base}", base), "api": base}
        content = {"/index/config.json": Answer(200, json.dumps(told).encode())}
        for crate in self.crates:
            archive = Answer(200, crate.archive)
            content[f"/index/{folder(crate.name)}/{crate.name}"] = Answer(200, crate.listed)
            content[f"/crates/{crate.name}/{crate.version}/download"] = archive
        return content


def folder(name: str) -> str:
    """Where an index keeps a name."""
    if len(name) < 4:
        return f"3/{name[0]}" if len(name) == 3 else str(len(name))
    return f"{name[:2]}/{name[2:4]}"
