"""Languages that roots and zig lack, each by a small package made of the sources beside."""

from __future__ import annotations

import shutil
import tarfile
from pathlib import Path
from typing import Any

import pytest

from e2e.command import Porter
from fakes.crates import FakeCrate, Registry, lock
from fakes.serving import listening
from porter.app.machine import images_of
from porter.engine import choose
from porter.model import Interpreter, Platform
from porter.toolchain import Apart, CratesIo, ask_cargo, rust_packages

pytestmark = pytest.mark.e2e

SOURCES = Path(__file__).parent / "sources"
CONFIGURATION = """
[source.crates-io]
replace-with = "made-up"

[registries.made-up]
index = "{index}"
"""


@pytest.fixture
def links(tmp_path: Path) -> Path:
    folder = tmp_path / "links"
    folder.mkdir()
    for source in SOURCES.iterdir():
        with tarfile.open(folder / f"{source.name}.tar.gz", "w:gz") as archive:
            archive.add(source, source.name)
    return folder


@pytest.fixture
def crates_io() -> CratesIo:
    """What the cargo that porter builds with says of its own registry."""
    engine, platform = choose("auto", notice=print), Platform.parse("aarch64", "manylinux2014")
    images = images_of(engine, print, offline=False)
    cargo = images.tools(rust_packages(platform.arch), newest=True)
    root = images.build_root(platform, Interpreter(3, 9))
    return ask_cargo(engine, root, Apart(cargo.path, cargo.digest))


def built(porter: Porter, links: Path, name: str, *how: str) -> dict[str, Any]:
    words = ("build", f"{name}==1.0", "--python", "3.9", "--find-links", str(links))
    port = porter.ports(*words, "--strategy", "cross", *how)[f"{name}==1.0@cp39"]
    assert (port["outcome"], port["verified"]) == ("built", "import")
    return port


def test_fortran_needs_no_recipe_and_its_library_is_grafted(porter: Porter, links: Path) -> None:
    port = built(porter, links, "fsmall")
    assert [name.partition("-")[0] for name in port["grafted"]] == ["libgfortran"]


def test_openmp_needs_no_recipe_and_one_library_serves_all_modules(
    porter: Porter, links: Path
) -> None:
    port = built(porter, links, "osmall")
    assert [name.partition("-")[0] for name in port["grafted"]] == ["libomp"]


def test_crates_of_two_registries_are_fetched_before_the_build(
    porter: Porter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, crates_io: CratesIo
) -> None:
    """cargo's own registry is reached by a mirror, as the user's configuration says."""
    folder = SOURCES / "rsmall-1.0/vendor/digits"
    digits = {name: (folder / name).read_text() for name in ("build.rs", "src/lib.rs")}
    digits["Cargo.toml"] = (folder / "Cargo.toml").read_text() + '\n[dependencies]\nones = "1"\n'
    digits["src/lib.rs"] = digits["src/lib.rs"].replace(".len()", ".len() / ones::ONE")
    ones = {
        "Cargo.toml": '[package]\nname = "ones"\nversion = "1.0.3"\nedition = "2018"\n',
        "src/lib.rs": "pub const ONE: usize = 1;\n",
    }
    registry = Registry([])
    with listening(registry) as address:
        index = f"sparse+{address}index/"
        registry.crates = (
            FakeCrate("digits", "1.0.0", digits, ("ones",), source=index),
            FakeCrate("ones", "1.0.3", ones, source=crates_io.locked),
        )
        home = tmp_path / "cargo"
        home.mkdir()
        (home / "config.toml").write_text(CONFIGURATION.format(index=index))
        monkeypatch.setenv("CARGO_HOME", str(home))
        port = built(porter, locked(tmp_path, registry), "rsmall")
    assert "manylinux_2_17_aarch64" in str(port["wheel"])


def locked(folder: Path, registry: Registry) -> Path:
    """A folder with rsmall, its crates not vendored but locked."""
    source = folder / "rsmall-1.0"
    vendored = shutil.ignore_patterns("vendor", ".cargo")
    shutil.copytree(SOURCES / source.name, source, ignore=vendored)
    manifest = source / "Cargo.toml"
    wanted = 'digits = { version = "1.0.0", registry = "made-up" }'
    manifest.write_text(manifest.read_text().replace('digits = "1.0.0"', wanted))
    package = FakeCrate("rsmall", "1.0.0", {}, ("digits",))
    (source / "Cargo.lock").write_text(lock(package, registry.crates))
    links = folder / "locked"
    links.mkdir()
    with tarfile.open(links / "rsmall-1.0.tar.gz", "w:gz") as archive:
        archive.add(source, source.name)
    return links


@pytest.mark.parametrize("engine", ["docker", "local"])
def test_rust_with_a_vendored_crate_that_has_a_build_script(
    porter: Porter, links: Path, engine: str
) -> None:
    port = built(porter, links, "rsmall", "--engine", engine)
    assert "cp39-abi3-" in str(port["wheel"])
    assert "manylinux_2_17_aarch64" in str(port["wheel"])
