from __future__ import annotations

import string
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes.crates import CRATES_IO, FakeCrate, Registry, folder
from fakes.repositories import client
from fakes.site import Answer
from porter.crates import Configuration, Crate, Registries
from porter.crates.registries import address
from porter.errors import StepFailed
from porter.index.download import Downloads
from porter.index.http import Http
from porter.toolchain import CratesIo

OWN = CratesIo(CRATES_IO, "sparse+https://index.example/index/")
MADE = tuple(FakeCrate(name, "1.0.0", {"src/lib.rs": name}) for name in ("ones", "tens"))
CRATES = tuple(Crate(made.name, made.version, made.source, made.sha256) for made in MADE)
NAMES = st.text(string.ascii_letters + string.digits + "_-", min_size=1, max_size=9)


def registries(
    cache: Path,
    registry: Registry,
    configuration: Configuration | None = None,
    *,
    offline: bool = False,
) -> Registries:
    transport = registry.transport()
    http = Http(credentials={}, offline=offline, transport=transport, sleep=lambda _: None)
    downloads = Downloads(http, client(cache), cache, notice=print)
    return Registries(lambda: configuration or Configuration(), http, downloads)


def refused(cache: Path, registry: Registry, *, offline: bool = False) -> StepFailed:
    with pytest.raises(StepFailed) as failure:
        registries(cache, registry, offline=offline).fetch(CRATES, OWN)
    assert failure.value.final
    return failure.value


@pytest.mark.parametrize("template", ["{base}crates", "{base}crates/{crate}/{version}/download"])
def test_crates_are_fetched_once_and_kept(tmp_path: Path, template: str) -> None:
    registry = Registry(MADE, template)
    supply = registries(tmp_path, registry).fetch(CRATES, OWN)
    assert [supply.archives[each].read_bytes() for each in CRATES] == [m.archive for m in MADE]
    assert supply.crates_io == CRATES_IO
    assert sorted(registry.seen) == [
        "/crates/ones/1.0.0/download",
        "/crates/tens/1.0.0/download",
        "/index/config.json",
    ]
    gone = Registry([])
    assert registries(tmp_path, gone, offline=True).fetch(CRATES, OWN) == supply
    assert gone.seen == []


def test_a_local_registry_is_read_from_the_disk(tmp_path: Path) -> None:
    for made in MADE:
        (tmp_path / f"{made.name}-{made.version}.crate").write_bytes(made.archive)
    sources = {"crates-io": {"replace-with": "here"}, "here": {"local-registry": "."}}
    here = Configuration(sources, base=tmp_path)
    supply = registries(tmp_path / "cache", Registry([]), here).fetch(CRATES, OWN)
    assert supply.archives.keys() == set(CRATES)


def test_a_registry_that_does_not_answer_is_told_with_the_next_step(tmp_path: Path) -> None:
    registry = Registry(MADE, pages={"/index/config.json": Answer(503)})
    failure = refused(tmp_path, registry)
    assert failure.reason.startswith(
        "it needs the crate ones 1.0.0 and 1 more, and their registry cannot be reached: "
        "https://index.example/index/config.json"
    )
    assert "source.crates-io.replace-with" in str(failure.hint)
    assert failure.rule == "crate-registry"


def test_offline_that_is_the_reason(tmp_path: Path) -> None:
    failure = refused(tmp_path, Registry(MADE), offline=True)
    assert "porter is offline" in failure.reason
    assert "without --offline" in str(failure.hint)


@pytest.mark.parametrize(
    "told", [b"", b"[]", b"{}", b'{"dl": 3}', b'{"dl": "file:///etc"}', b'{"dl": "ftp://a"}']
)
def test_what_is_no_configuration_of_a_registry(tmp_path: Path, told: bytes) -> None:
    registry = Registry(MADE, pages={"/index/config.json": Answer(200, told)})
    assert "is not the configuration of a registry" in refused(tmp_path, registry).reason


def test_another_file_than_the_lock_names_is_not_taken(tmp_path: Path) -> None:
    altered = (MADE[0], replace(MADE[1], files={"src/lib.rs": "another"}))
    failure = refused(tmp_path, Registry(altered))
    assert "is not the file its Cargo.lock names" in failure.reason
    assert not list(tmp_path.rglob("tens*.crate"))


def test_a_crate_that_is_gone(tmp_path: Path) -> None:
    assert "there is no file at" in refused(tmp_path, Registry(MADE[:1])).reason


def test_a_transport_that_breaks(tmp_path: Path) -> None:
    def broken(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("no route", request=request)

    registry = Registry([])
    registry.transport = lambda: httpx.MockTransport(broken)  # type: ignore[method-assign]
    assert "no route" in refused(tmp_path, registry).reason


@given(name=NAMES)
def test_a_prefix_is_where_an_index_keeps_the_name(name: str) -> None:
    crate = Crate(name, "1.0.0+a", CRATES_IO, "0" * 64)
    told = address("https://a.example/{prefix}|{lowerprefix}|{crate}|{sha256-checksum}", crate)
    assert told == (
        f"https://a.example/{folder(name)}|{folder(name).lower()}|{name}|{crate.sha256}"
    )
    assert address("https://a.example/", crate) == f"https://a.example/{name}/1.0.0%2Ba/download"
