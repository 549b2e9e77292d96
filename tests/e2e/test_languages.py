"""Languages whose compilers roots lack, each by a small package made of the sources beside."""

from __future__ import annotations

import tarfile
from pathlib import Path
from typing import Any

import pytest

from e2e.command import Porter

pytestmark = pytest.mark.e2e

SOURCES = Path(__file__).parent / "sources"


@pytest.fixture
def links(tmp_path: Path) -> Path:
    folder = tmp_path / "links"
    folder.mkdir()
    for source in SOURCES.iterdir():
        with tarfile.open(folder / f"{source.name}.tar.gz", "w:gz") as archive:
            archive.add(source, source.name)
    return folder


def built(porter: Porter, links: Path, name: str) -> dict[str, Any]:
    words = ("build", f"{name}==1.0", "--python", "3.9", "--find-links", str(links))
    port = porter.ports(*words, "--strategy", "cross")[f"{name}==1.0@cp39"]
    assert (port["outcome"], port["verified"]) == ("built", "import")
    return port


def test_fortran_needs_no_recipe_and_its_library_is_grafted(porter: Porter, links: Path) -> None:
    port = built(porter, links, "fsmall")
    assert [name.partition("-")[0] for name in port["grafted"]] == ["libgfortran"]


def test_rust_with_a_vendored_crate_that_has_a_build_script(porter: Porter, links: Path) -> None:
    port = built(porter, links, "rsmall")
    assert "cp39-abi3-" in str(port["wheel"])
    assert "manylinux_2_17_aarch64" in str(port["wheel"])
