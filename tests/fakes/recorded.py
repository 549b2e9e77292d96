"""An index that answers from tests/replay/data; what was not recorded is an error of the test.

Pages and metadata are a real index's, cut down (see tests/replay/record.py). Downloads are small
stand-ins for sdists, with a true pyproject.toml ``[build-system]``; their hash is not the page's.
"""

from __future__ import annotations

import io
import json
import tarfile
import zipfile
from collections.abc import Collection, Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any

from packaging.utils import NormalizedName

from porter.index.filenames import SDIST_ENDINGS
from porter.index.links import files_of
from porter.index.pages import parse_page
from porter.index.protocol import Located, Project
from porter.index.reference import Reference
from porter.model import File

DATA = Path(__file__).parents[1] / "replay" / "data"
JSON = "application/vnd.pypi.simple.v1+json"


class NotRecorded(AssertionError):
    """Add it to tests/replay/record.py and record again."""


class RecordedIndex:
    """`porter.index.protocol.IndexClient` without a network; `unknown` names do not exist."""

    def __init__(self, folder: Path, *, unknown: Collection[str] = ()) -> None:
        self._folder = folder
        self._unknown = unknown

    def project(self, name: NormalizedName) -> Project | None:
        return None if name in self._unknown else _project(name)

    def metadata(self, file: File) -> bytes | None:
        recorded = _table("metadata.json")
        if file.filename not in recorded:
            raise NotRecorded(f"the metadata of {file.filename}")
        text = recorded[file.filename]
        return None if text is None else str(text).encode()

    def download(self, file: File) -> Path:
        members = _table("sources.json").get(file.filename)
        if members is None:
            raise NotRecorded(f"the content of {file.filename}")
        path = self._folder / file.filename
        path.write_bytes(_archive(file.filename, members))
        return path

    def locate(self, reference: Reference) -> Located:
        raise NotRecorded(f"the address {reference}")

    def prefetch(self, names: Iterable[NormalizedName]) -> None:
        """Nothing to do: all is at hand."""


@lru_cache
def _project(name: NormalizedName) -> Project:
    path = DATA / f"{name}.json"
    if not path.is_file():
        raise NotRecorded(f"the project {name}")
    base = f"https://index.example/simple/{name}/"
    links = parse_page(path.read_bytes(), content_type=JSON, url=base)
    return Project.of(name, files_of(links, project=name, index="default", base=base).files)


@lru_cache
def _table(name: str) -> dict[str, Any]:
    table: dict[str, Any] = json.loads((DATA / name).read_text("utf-8"))
    return table


def _archive(filename: str, members: dict[str, str]) -> bytes:
    top = next(filename.removesuffix(e) for e in SDIST_ENDINGS if filename.endswith(e))
    buffer = io.BytesIO()
    if filename.endswith(".zip"):
        with zipfile.ZipFile(buffer, "w") as archive:
            for path, text in members.items():
                archive.writestr(zipfile.ZipInfo(f"{top}/{path}", (2020, 1, 1, 0, 0, 0)), text)
        return buffer.getvalue()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for path, text in members.items():
            info = tarfile.TarInfo(f"{top}/{path}")
            info.size, info.mtime = len(text.encode()), 1_577_836_800
            tar.addfile(info, io.BytesIO(text.encode()))
    return buffer.getvalue()
