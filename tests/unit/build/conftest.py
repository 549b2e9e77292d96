from __future__ import annotations

import io
import tarfile
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

Sdist = Callable[[Mapping[str, str]], Path]


@pytest.fixture
def sdist(tmp_path: Path) -> Sdist:
    """Makes demo-1.tar.gz with these files below its top folder."""

    def make(files: Mapping[str, str]) -> Path:
        path = tmp_path / "demo-1.tar.gz"
        with tarfile.open(path, "w:gz") as archive:
            for name, text in {"PKG-INFO": "Metadata-Version: 1.2\n", **files}.items():
                member = tarfile.TarInfo(f"demo-1/{name}")
                member.size = len(text.encode())
                archive.addfile(member, io.BytesIO(text.encode()))
        return path

    return make
