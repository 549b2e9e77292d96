from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest

from fakes.crates import CRATES_IO, FakeCrate
from porter.build.vendor import configuration, lay
from porter.crates import Crate, Supply
from porter.errors import StepFailed

INDEX = "sparse+https://own.example/"
PLAIN = FakeCrate("ones", "1.0.3+a", {"Cargo.toml": "[package]\n", "src/lib.rs": "//"})
OWN = FakeCrate("tens", "2.0.0", {"src/lib.rs": "//"}, source=INDEX)


def supply(folder: Path, *made: FakeCrate, **registries: str) -> Supply:
    archives = {}
    for each in made:
        crate = Crate(each.name, each.version, each.source, each.sha256)
        archives[crate] = folder / f"{crate.folder}.crate"
        archives[crate].write_bytes(each.archive)
    return Supply(archives, CRATES_IO, registries)


def test_cargo_finds_crates_unpacked_with_the_checksum_of_the_lock(tmp_path: Path) -> None:
    lay(supply(tmp_path, PLAIN), tmp_path / "home")
    place = tmp_path / "home/crates/ones-1.0.3+a"
    assert (place / "src/lib.rs").read_text() == "//"
    assert json.loads((place / ".cargo-checksum.json").read_text())["package"] == PLAIN.sha256
    told = tomllib.loads((tmp_path / "home/config.toml").read_text())
    assert told["source"]["crates-io"] == {"replace-with": "porter"}
    assert told["source"]["porter"] == {"directory": "/porter/cargo/crates"}
    assert told["net"] == {"offline": True}
    assert told["source"].keys() == {"crates-io", "porter"}


def test_every_other_registry_is_replaced_and_keeps_its_name(tmp_path: Path) -> None:
    told = tomllib.loads(configuration(supply(tmp_path, PLAIN, OWN, own=INDEX)))
    assert told["source"]["other-1"] == {"registry": INDEX, "replace-with": "porter"}
    assert told["registries"] == {"own": {"index": INDEX}}


def test_a_git_index_is_named_without_the_kind_that_locks_write(tmp_path: Path) -> None:
    other = FakeCrate("tens", "2.0.0", {"a": ""}, source="registry+https://own.example/git")
    told = tomllib.loads(configuration(supply(tmp_path, other)))
    assert told["source"]["other-1"]["registry"] == "https://own.example/git"


def test_a_damaged_archive_ends_the_port(tmp_path: Path) -> None:
    given = supply(tmp_path, PLAIN)
    next(iter(given.archives.values())).write_bytes(b"no archive")
    with pytest.raises(StepFailed, match=r"ones-1\.0\.3\+a\.crate cannot be unpacked"):
        lay(given, tmp_path / "home")


def test_a_crate_brings_no_checksums_of_its_own(tmp_path: Path) -> None:
    hostile = FakeCrate("ones", "1.0.0", {".cargo-checksum.json": "{}"})
    with pytest.raises(StepFailed, match=r"the crate ones 1\.0\.0 holds a \.cargo-checksum"):
        lay(supply(tmp_path, hostile), tmp_path / "home")
