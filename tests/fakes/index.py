"""An index in memory, built from data.

    index = FakeIndex({
        "numpy": [
            wheel("numpy-1.18.5-cp39-cp39-manylinux1_x86_64.whl", requires=["x>=1"]),
            sdist("numpy-1.18.5.tar.gz", uploaded="2020-06-04", files={"pyproject.toml": "..."}),
        ],
    })

Files are real (a small zip or tar.gz with metadata inside) and their hashes true. What the real
index can do wrong, it can do too: `unavailable` names projects it does not answer for,
`tampered` names files whose content is not what the hash says.
"""

from __future__ import annotations

import hashlib
import io
import shutil
import tarfile
import tempfile
import threading
import weakref
import zipfile
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from packaging.specifiers import SpecifierSet
from packaging.utils import NormalizedName, canonicalize_name

from porter.errors import IndexUnavailable, StepFailed
from porter.index.filenames import SDIST_ENDINGS, parse_filename
from porter.index.protocol import Located, Project
from porter.index.reference import Reference, parse_reference
from porter.model import File

BASE = "https://index.example/files/"


@dataclass(frozen=True)
class FakeFile:
    """A file as the index lists it, its core metadata as far as it is final, and its content."""

    file: File
    metadata: bytes | None
    content: bytes


def wheel(  # noqa: PLR0913 - all facts of a file in one call
    filename: str,
    *,
    requires: Sequence[str] | None = (),
    uploaded: str | None = "2020-01-01",
    requires_python: str | None = None,
    yanked: str | None = None,
    extras: Sequence[str] = (),
    files: Mapping[str, str] | None = None,
    index: str = "default",
) -> FakeFile:
    """A wheel; `requires=None` makes one whose metadata cannot be had."""
    name, version = filename.split("-")[:2]
    metadata = _metadata(name, version, requires or (), requires_python, extras)
    info = f"{name}-{version}.dist-info"
    module = name.lower().replace("-", "_").replace(".", "_")
    members: dict[str, bytes] = {
        f"{module}/__init__.py": b"",
        f"{info}/METADATA": metadata,
        f"{info}/WHEEL": _wheel_text(filename).encode(),
        **{path: text.encode() for path, text in (files or {}).items()},
    }
    record = "".join(f"{path},,\n" for path in (*members, f"{info}/RECORD"))
    members[f"{info}/RECORD"] = record.encode()
    file = _file(filename, name, uploaded=uploaded, requires_python=requires_python, yanked=yanked)
    return _finish(
        replace(file, index=index), metadata if requires is not None else None, _zip(members)
    )


def sdist(  # noqa: PLR0913 - as above
    filename: str,
    *,
    requires: Sequence[str] | None = None,
    uploaded: str | None = "2020-01-01",
    requires_python: str | None = None,
    yanked: str | None = None,
    extras: Sequence[str] = (),
    files: Mapping[str, str] | None = None,
    index: str = "default",
) -> FakeFile:
    """An sdist; `requires=None` (the default) leaves its dependencies unknown.

    `files` lie in its top folder.
    """
    ending = next(e for e in SDIST_ENDINGS if filename.endswith(e))
    top = filename[: -len(ending)]
    name, version = top.rsplit("-", 1)
    metadata = _metadata(name, version, requires or (), requires_python, extras)
    if requires is None:
        metadata = metadata.replace(b"Metadata-Version: 2.2", b"Metadata-Version: 1.2")
    members = {f"{top}/PKG-INFO": metadata}
    members |= {f"{top}/{path}": text.encode() for path, text in (files or {}).items()}
    content = _zip(members) if ending == ".zip" else _tar(members)
    file = _file(filename, name, uploaded=uploaded, requires_python=requires_python, yanked=yanked)
    return _finish(replace(file, index=index), metadata if requires is not None else None, content)


@dataclass
class FakeIndex:
    """`porter.index.protocol.IndexClient` over a dict of project name to files."""

    projects: Mapping[str, Sequence[FakeFile]]
    unavailable: Collection[str] = ()
    """Projects that the index does not answer for."""
    direct: Mapping[str, FakeFile] = field(default_factory=dict)
    """What is at an address; of a repository, at a commit, whose branches are `heads`."""
    heads: Mapping[str, str] = field(default_factory=dict)
    """By address: the address with the commit it stands for."""
    tampered: Collection[str] = ()
    """File names whose download does not have the hash the index gives."""
    folder: Path | None = None
    """Where downloads go; a temporary folder by default."""
    asked: list[str] = field(default_factory=list)
    """Names `project` was called with, in order."""
    prefetched: set[str] = field(default_factory=set)
    downloaded: list[str] = field(default_factory=list)
    """File names `download` was called with, in order."""
    metadata_read: list[str] = field(default_factory=list)
    """File names `metadata` was called with, in order."""
    located: list[str] = field(default_factory=list)
    """Addresses `locate` was called with, in order."""

    def __post_init__(self) -> None:
        self._projects = {canonicalize_name(k): tuple(v) for k, v in self.projects.items()}
        self._by_name = {f.file.filename: f for files in self._projects.values() for f in files}
        self._by_name |= {parse_reference(url).filename: f for url, f in self.direct.items()}

    def project(self, name: NormalizedName) -> Project | None:
        self.asked.append(name)
        if name in self.unavailable:
            raise IndexUnavailable(f"{BASE}{name}/ does not answer", hint="Try again later.")
        if name not in self._projects:
            return None
        return Project.of(name, (f.file for f in self._projects[name]))

    def metadata(self, file: File) -> bytes | None:
        self.metadata_read.append(file.filename)
        return self._by_name[file.filename].metadata

    def download(self, file: File) -> Path:
        self.downloaded.append(file.filename)
        if file.filename in self.tampered:
            raise StepFailed(
                f"{file.filename}: the hash differs from the index's",
                context=f"expected sha256 {file.sha256}\nfound    sha256 {'0' * 64}",
                hint="The index or a proxy altered the file; nothing of it was kept.",
            )
        path = self._folder() / file.filename
        _write(path, self._by_name[file.filename].content)
        return path

    def locate(self, reference: Reference) -> Located:
        self.located.append(str(reference))
        locked = parse_reference(self.heads.get(str(reference), str(reference)))
        found = self.direct.get(str(locked))
        if found is None:
            raise StepFailed(f"there is no file at {reference.url}", final=True)
        if reference.sha256 not in (None, found.file.sha256):
            raise StepFailed(f"{locked.filename} is not the file that was asked for", final=True)
        path = self._folder() / locked.filename
        _write(path, found.content)
        return Located(replace(locked, sha256=found.file.sha256), path)

    def prefetch(self, names: Iterable[NormalizedName]) -> None:
        self.prefetched.update(names)

    def _folder(self) -> Path:
        if self.folder is None:
            self.folder = Path(tempfile.mkdtemp(prefix="porter-fake-index-"))
            weakref.finalize(self, shutil.rmtree, self.folder, ignore_errors=True)
        return self.folder


def _file(
    filename: str,
    name: str,
    *,
    uploaded: str | None,
    requires_python: str | None,
    yanked: str | None,
) -> File:
    project = canonicalize_name(name)
    parsed = parse_filename(filename, project)
    assert parsed is not None, f"not a file name of a distribution: {filename}"
    return File(
        index="default",
        filename=filename,
        url=BASE + filename,
        name=project,
        version=parsed.version,
        sha256=None,
        upload_time=None if uploaded is None else _instant(uploaded),
        requires_python=None if requires_python is None else SpecifierSet(requires_python),
        yanked=yanked,
        tags=parsed.tags,
        build=parsed.build,
    )


def _finish(file: File, metadata: bytes | None, content: bytes) -> FakeFile:
    digest = hashlib.sha256(content).hexdigest()
    return FakeFile(replace(file, sha256=digest, size=len(content)), metadata, content)


def _instant(text: str) -> datetime:
    instant = datetime.fromisoformat(text)
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)


def _metadata(
    name: str, version: str, requires: Sequence[str], python: str | None, extras: Sequence[str]
) -> bytes:
    lines = ["Metadata-Version: 2.2", f"Name: {name}", f"Version: {version}"]
    lines += [f"Requires-Python: {python}"] if python is not None else []
    lines += [f"Provides-Extra: {extra}" for extra in extras]
    lines += [f"Requires-Dist: {requirement}" for requirement in requires]
    return ("\n".join(lines) + "\n\nMade for a test.\n").encode()


def _wheel_text(filename: str) -> str:
    python, abi, platform = filename.removesuffix(".whl").split("-")[-3:]
    pure = "true" if platform == "any" else "false"
    tags = "".join(
        f"Tag: {p}-{a}-{x}\n"
        for p in python.split(".")
        for a in abi.split(".")
        for x in platform.split(".")
    )
    return f"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: {pure}\n{tags}"


def _zip(members: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, data in members.items():
            archive.writestr(zipfile.ZipInfo(path, (2020, 1, 1, 0, 0, 0)), data)
    return buffer.getvalue()


def _tar(members: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for path, data in members.items():
            info = tarfile.TarInfo(path)
            info.size, info.mtime = len(data), 1_577_836_800
            archive.addfile(info, io.BytesIO(data))
    return buffer.getvalue()


def _write(path: Path, content: bytes) -> None:
    """Whole or not at all: another thread may be reading it."""
    part = path.with_name(f".{path.name}.{threading.get_ident()}")
    part.write_bytes(content)
    part.replace(path)
