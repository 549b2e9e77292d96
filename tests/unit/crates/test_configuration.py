from __future__ import annotations

from pathlib import Path

import pytest

from fakes.crates import CRATES_IO
from porter.crates import Configuration, read_configuration
from porter.crates.configuration import Folder, Sparse
from porter.errors import StepFailed, UsageError
from porter.toolchain import CratesIo

OWN = CratesIo(CRATES_IO, "sparse+https://index.example/")
MIRROR = '[source.crates-io]\nreplace-with = "mirror"\n'
AT = "sparse+https://mirror.example/a"


def read(folder: Path, text: str = "", *, name: str = "config.toml", **more: str) -> Configuration:
    home = folder / ".cargo"
    home.mkdir(exist_ok=True)
    (home / name).write_text(text)
    return read_configuration({"HOME": str(folder), **more})


def test_without_a_configuration_crates_come_from_where_cargo_says(tmp_path: Path) -> None:
    none = read_configuration({"HOME": str(tmp_path)})
    assert none.place(CRATES_IO, OWN) == Sparse("crates-io", "https://index.example/")
    assert none.place(OWN.index, OWN) == none.place(CRATES_IO, OWN)


@pytest.mark.parametrize(
    "text",
    [
        f'{MIRROR}[source.mirror]\nregistry = "{AT}"\n',
        f'{MIRROR}[registries.mirror]\nindex = "{AT}/"\n',
        f'{MIRROR}[source.mirror]\nreplace-with = "b"\n[source.b]\nregistry = "{AT}/"\n',
    ],
)
@pytest.mark.parametrize("name", ["config", "config.toml"])
def test_a_mirror_takes_its_place(tmp_path: Path, text: str, name: str) -> None:
    place = read(tmp_path, text, name=name).place(CRATES_IO, OWN)
    assert isinstance(place, Sparse)
    assert place.url == "https://mirror.example/a/"


def test_an_address_may_stand_in_the_environment(tmp_path: Path) -> None:
    text = '[source.crates-io]\nreplace-with = "my_mirror"\n'
    configuration = read(tmp_path, text, CARGO_REGISTRIES_MY_MIRROR_INDEX=AT)
    assert configuration.place(CRATES_IO, OWN) == Sparse("my_mirror", "https://mirror.example/a/")


def test_a_local_registry_lies_beside_the_folder_of_the_configuration(tmp_path: Path) -> None:
    text = f'{MIRROR}[source.mirror]\nlocal-registry = "held"\n'
    place = read(tmp_path, text).place(CRATES_IO, OWN)
    assert place == Folder("mirror", tmp_path / "held")


@pytest.mark.parametrize("index", ["sparse+https://own.example/", "https://own.example/git"])
def test_a_registry_is_known_by_the_name_manifests_give_it(tmp_path: Path, index: str) -> None:
    configuration = read(tmp_path, CARGO_REGISTRIES_OWN_INDEX=index)
    locked = index if index.startswith("sparse+") else f"registry+{index}"
    assert configuration.named({locked, CRATES_IO}) == {"own": index}
    assert configuration.named({CRATES_IO}) == {}


def test_a_registry_that_only_the_lock_names_is_not_asked() -> None:
    with pytest.raises(StepFailed, match=r"names the registry https://x\.example/a") as failure:
        Configuration().place("sparse+https://me:secret@x.example/a", OWN)
    assert failure.value.final
    assert "secret" not in failure.value.reason


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (f'{MIRROR}[source.mirror]\nreplace-with = "crates-io"\n', "replaced with itself"),
        (f'{MIRROR}[source.mirror]\ndirectory = "v"\n', "neither a registry nor"),
        (MIRROR, "neither a registry nor"),
        (f'{MIRROR}[source.mirror]\nregistry = "https://a.example/git"\n', "a git repository"),
    ],
)
def test_what_cannot_be_read_from_is_told(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(StepFailed, match=words) as failure:
        read(tmp_path, text).place(CRATES_IO, OWN)
    assert failure.value.final


@pytest.mark.parametrize("text", ["[", "source = 3", "[source]\na = 3", "[registries]\na = 1"])
def test_a_broken_configuration_is_named(tmp_path: Path, text: str) -> None:
    with pytest.raises(UsageError, match=r"config\.toml is not a configuration"):
        read(tmp_path, text)


def test_cargo_home_says_where_it_is(tmp_path: Path) -> None:
    read(tmp_path, f'{MIRROR}[source.mirror]\nregistry = "{AT}"\n')
    found = read_configuration({"HOME": "/nowhere", "CARGO_HOME": str(tmp_path / ".cargo")})
    assert found.sources.keys() == {"crates-io", "mirror"}
