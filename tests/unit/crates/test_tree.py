from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from fakes.crates import FakeCrate, lock
from porter.crates import wanted
from porter.errors import StepFailed

ONES, TENS = (FakeCrate(name, "1.0.0", {"src/lib.rs": name}) for name in ("ones", "tens"))
LOCK = lock(FakeCrate("demo", "1.0.0", {}, ("ones", "tens")), [ONES, TENS])
MANIFEST = '[package]\nname = "demo"\n[dependencies]\nones = "1"\n'


def tree(folder: Path, files: Mapping[str, str]) -> Path:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


def names(folder: Path, files: Mapping[str, str]) -> list[str]:
    return [crate.name for crate in wanted(tree(folder, files))]


def vendored(crate: FakeCrate) -> str:
    return json.dumps({"files": {}, "package": crate.sha256})


@pytest.mark.parametrize("place", ["Cargo.lock", "src/rust/Cargo.lock"])
def test_a_lock_is_found_wherever_it_lies(tmp_path: Path, place: str) -> None:
    assert names(tmp_path, {place: LOCK}) == ["ones", "tens"]


@pytest.mark.parametrize("place", ["tests/Cargo.lock", "fuzz/Cargo.lock", "benches/a/Cargo.lock"])
def test_locks_of_tests_and_benchmarks_do_not_count(tmp_path: Path, place: str) -> None:
    assert names(tmp_path, {place: LOCK}) == []


def test_what_is_vendored_is_not_fetched(tmp_path: Path) -> None:
    files = {"Cargo.lock": LOCK, "vendor/ones/.cargo-checksum.json": vendored(ONES)}
    assert names(tmp_path, {**files, "vendor/ones/Cargo.lock": "["}) == ["tens"]


@pytest.mark.parametrize("told", ["[", "3", "{}", '{"package": 3}'])
def test_a_vendored_crate_without_a_checksum_counts_for_none(tmp_path: Path, told: str) -> None:
    files = {"Cargo.lock": LOCK, "vendor/ones/.cargo-checksum.json": told}
    assert names(tmp_path, files) == ["ones", "tens"]


@pytest.mark.parametrize("kind", ["directory", "local-registry"])
@pytest.mark.parametrize("name", ["config", "config.toml"])
def test_a_source_that_says_where_its_crates_lie_has_its_way(
    tmp_path: Path, kind: str, name: str
) -> None:
    text = f'[source.crates-io]\nreplace-with = "v"\n[source.v]\n{kind} = "vendor"\n'
    assert names(tmp_path, {"Cargo.lock": LOCK, f".cargo/{name}": text}) == []


@pytest.mark.parametrize("text", ["[build]\njobs = 1\n", "source = 3", "[source]\na = 3", "["])
def test_any_other_configuration_of_it_changes_nothing(tmp_path: Path, text: str) -> None:
    assert names(tmp_path, {"Cargo.lock": LOCK, ".cargo/config.toml": text}) == ["ones", "tens"]


@pytest.mark.parametrize(
    "manifest",
    [
        MANIFEST,
        '[build-dependencies]\nones = { version = "1" }\n',
        '[target."cfg(unix)".dependencies]\nones = "1"\n',
        '[workspace.dependencies]\nones = "1"\n',
    ],
)
def test_without_a_lock_the_crates_are_named_and_what_to_do(tmp_path: Path, manifest: str) -> None:
    with pytest.raises(StepFailed, match=r"needs crates \(ones\).* no Cargo.lock") as failure:
        names(tmp_path, {"Cargo.toml": manifest})
    assert failure.value.final
    assert "cargo generate-lockfile" in str(failure.value.hint)


@pytest.mark.parametrize(
    "manifest",
    ['[dependencies]\nown = { path = "own" }\n', "[dependencies]\na = { workspace = true }\n", "["],
)
def test_a_source_without_crates_needs_no_lock(tmp_path: Path, manifest: str) -> None:
    assert names(tmp_path, {"Cargo.toml": manifest}) == []


def test_a_link_in_place_of_a_lock_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_text(LOCK)
    folder = tree(tmp_path / "source", {"Cargo.toml": "[package]\n"})
    (folder / "Cargo.lock").symlink_to(tmp_path / "elsewhere")
    assert wanted(folder) == ()
