"""Record a few projects of a real index into tests/replay/data, for tests without a network.

    python tests/replay/record.py

Pages keep only the files the plans in tests/ can meet, with a placeholder host; names, hashes,
sizes and upload times are true. Core metadata is cut down to the fields a resolver reads. Of the
sdists that are ports in those plans, stand-ins are kept: the identity fields of PKG-INFO and the
``[build-system]`` table of pyproject.toml, nothing of their code.
"""

from __future__ import annotations

import json
import os
import re
import sys
import tarfile
import tempfile
import tomllib
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from packaging.utils import canonicalize_name

from porter.index import Indexes, IndexSettings, discover
from porter.index.coremetadata import headers_of
from porter.model import File

DATA = Path(__file__).parent / "data"
HOST = "https://index.example/files/"
SINCE, UNTIL = datetime(2019, 7, 1, tzinfo=UTC), datetime(2022, 12, 31, tzinfo=UTC)
KEPT_FIELDS = ("Metadata-Version", "Name", "Version", "Requires-Python")
TAGS = re.compile(
    r"-none-any|(cp37-cp37m|cp37-abi3|cp39-cp39|cp311-cp311)-manylinux\w*(x86_64|aarch64)(\.|$)"
)


@dataclass(frozen=True)
class Wanted:
    """What to keep of a project: these versions, and the last one of each period of months."""

    versions: frozenset[str] = frozenset()
    months: int = 0
    """0: only `versions`."""
    every_wheel: bool = True
    sparing: frozenset[str] = frozenset()
    """Of these versions too, but only the wheels that an interpreter in `TAGS` can use."""


def only(*versions: str) -> Wanted:
    """These versions, with the wheels that an interpreter in `TAGS` can use."""
    return Wanted(sparing=frozenset(versions))


PORTS = {
    "numpy": Wanted(frozenset({"1.18.4", "1.18.5", "1.19.0"}), sparing=frozenset({"1.17.2"})),
    "wrapt": Wanted(frozenset({"1.11.2", "1.12.1"}), sparing=frozenset({"1.16.0", "1.17.0"})),
    "markupsafe": Wanted(frozenset({"1.0", "1.1.1"}), sparing=frozenset({"2.1.5", "3.0.0"})),
    "h5py": Wanted(frozenset({"2.10.0"}), sparing=frozenset({"3.0.0"})),
    "gast": only("0.2.2", "0.3.0"),
}
SOURCES = (
    "numpy-1.18.5.zip",
    "wrapt-1.12.1.tar.gz",
    "MarkupSafe-1.1.1.tar.gz",
    "gast-0.2.2.tar.gz",
    "h5py-2.10.0.tar.gz",
)
TOOLS = {
    "setuptools": Wanted(
        frozenset({"40.8.0", "41.2.0", "47.3.1", "49.1.0", "49.1.3", "68.0.0", "68.1.0"}), months=1
    ),
    "wheel": Wanted(frozenset({"0.33.0", "0.34.2", "0.35.1", "0.42.0", "0.43.0"}), months=1),
    "cython": Wanted(
        frozenset({"0.29.13", "0.29.20", "0.29.21", "3.0a6"}), months=3, every_wheel=False
    ),
    "pkgconfig": only("1.5.1", "1.5.2"),
}
# What else tensorflow 1.15.5 needs for cp37, each with its next release, which cp37 must not get.
TREE = {
    "tensorflow": Wanted(frozenset({"1.15.5"}), sparing=frozenset({"1.15.4", "2.0.0"})),
    "absl-py": only("2.1.0", "2.2.0"),
    "astor": only("0.8.1"),
    "google-pasta": only("0.2.0"),
    "grpcio": only("1.62.3", "1.63.0"),
    "importlib-metadata": only("6.7.0", "6.8.0"),
    "keras-applications": only("1.0.8"),
    "keras-preprocessing": only("1.1.2"),
    "markdown": only("3.4.4", "3.5"),
    "opt-einsum": only("3.3.0", "3.4.0"),
    "protobuf": only("4.24.4", "4.25.0"),
    "six": only("1.12.0", "1.17.0"),
    "tensorboard": only("1.15.0", "2.0.0"),
    "tensorflow-estimator": only("1.15.1", "1.15.2"),
    "termcolor": only("2.3.0", "2.4.0"),
    "typing-extensions": only("4.7.1", "4.8.0"),
    "werkzeug": only("2.2.3", "2.3.0"),
    "zipp": only("3.15.0", "3.16.0"),
}


def main() -> None:
    """Record all of it."""
    settings = IndexSettings(discover(environ=os.environ).indexes[:1])
    metadata: dict[str, str | None] = {}
    sources: dict[str, dict[str, str]] = {}
    with (
        tempfile.TemporaryDirectory() as cache,
        Indexes(settings, cache=Path(cache), notice=_complain) as index,
    ):
        for name, wanted in {**PORTS, **TOOLS, **TREE}.items():
            project = index.project(canonicalize_name(name))
            if project is None:
                raise SystemExit(f"{name} is not on the index")
            files = sorted(_chosen(project.files, wanted), key=lambda f: (f.version, f.filename))
            _write(f"{name}.json", _page(name, files))
            for file in files:
                if file.is_wheel or file.filename in SOURCES:
                    metadata[file.filename] = _trimmed(index.metadata(file))
                if file.filename in SOURCES:
                    sources[file.filename] = _stand_in(index.download(file), file)
    _write("metadata.json", metadata)
    _write("sources.json", sources)


def _chosen(files: Iterable[File], wanted: Wanted) -> list[File]:
    files = list(files)
    versions = {file.version for file in files if str(file.version) in wanted.versions}
    last: dict[int, File] = {}
    for file in files:
        if wanted.months and file.upload_time and SINCE <= file.upload_time <= UNTIL:
            period = (file.upload_time.year * 12 + file.upload_time.month - 1) // wanted.months
            kept = last.get(period)
            if kept is None or kept.version < file.version:
                last[period] = file
    versions |= {file.version for file in last.values()}
    full = [f for f in files if f.version in versions and (wanted.every_wheel or _meets(f))]
    sparing = {file.version for file in files if str(file.version) in wanted.sparing} - versions
    return [*full, *(f for f in files if f.version in sparing and _meets(f))]


def _meets(file: File) -> bool:
    return not file.is_wheel or any(TAGS.search(f"-{tag}") for tag in file.tags)


def _page(name: str, files: Iterable[File]) -> dict[str, Any]:
    entries = [
        {
            "filename": file.filename,
            "url": HOST + file.filename,
            "hashes": {"sha256": file.sha256},
            "size": file.size,
            "upload-time": file.upload_time.isoformat() if file.upload_time else None,
            "requires-python": str(file.requires_python) if file.requires_python else None,
            "yanked": False if file.yanked is None else file.yanked,
        }
        for file in files
    ]
    return {"meta": {"api-version": "1.1"}, "name": name, "files": entries}


def _trimmed(metadata: bytes | None) -> str | None:
    if metadata is None:
        return None
    headers = headers_of(metadata)
    lines = [f"{field}: {headers[field]}" for field in KEPT_FIELDS if field in headers]
    for field in ("Provides-Extra", "Requires-Dist"):
        lines += [f"{field}: {' '.join(str(v).split())}" for v in headers.get_all(field, [])]
    return "\n".join(lines) + "\n"


def _stand_in(path: Path, file: File) -> dict[str, str]:
    name, version = str(file.name), str(file.version)
    members = {
        "PKG-INFO": f"Metadata-Version: 1.2\nName: {name}\nVersion: {version}\n",
        "setup.py": f"from setuptools import setup\n\nsetup(name={name!r}, version={version!r})\n",
    }
    text = _member(path, "pyproject.toml")
    system = tomllib.loads(text).get("build-system") if text else None
    if system:
        lines = [f"{key} = {json.dumps(value)}" for key, value in system.items()]
        members["pyproject.toml"] = "\n".join(["[build-system]", *lines, ""])
    return members


def _member(path: Path, name: str) -> str | None:
    """A file of an sdist's top folder."""
    if path.suffix == ".zip":
        with zipfile.ZipFile(path) as archive:
            found = [n for n in archive.namelist() if n.split("/")[1:] == [name]]
            return archive.read(found[0]).decode() if found else None
    with tarfile.open(path) as tar:
        for member in tar:
            stream = tar.extractfile(member) if member.name.split("/")[1:] == [name] else None
            if stream is not None:
                return stream.read().decode()
    return None


def _write(name: str, value: Any) -> None:
    DATA.mkdir(exist_ok=True)
    # One file per line, so that a new recording can be read as a diff.
    if "files" in value:
        lines = ",\n".join(json.dumps(entry) for entry in value["files"])
        head = json.dumps({key: value[key] for key in value if key != "files"})
        text = f'{head[:-1]}, "files": [\n{lines}\n]}}\n'
    else:
        text = json.dumps(value, sort_keys=True, indent=0) + "\n"
    (DATA / name).write_text(text, "utf-8")


def _complain(message: str) -> None:
    sys.stderr.write(message + "\n")


if __name__ == "__main__":
    main()
