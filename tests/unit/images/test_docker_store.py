from __future__ import annotations

import json
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from docker.errors import APIError
from requests import Response
from requests.exceptions import ConnectionError as Lost
from urllib3.exceptions import ProtocolError

from fakes.images import info
from porter.engine.owner import Owner
from porter.errors import EngineGone, ImageError
from porter.images.catalogue import PinnedImage, catalogue
from porter.images.docker_store import DockerStore
from porter.images.roots import Roots
from porter.model import Interpreter, Platform


class Api:
    """The calls of ``docker.APIClient`` that a pull makes; what they answer is set by the test."""

    def __init__(self) -> None:
        self.pulled: list[tuple[Any, ...]] = []
        self.events: list[Any] = []
        self.listed: list[dict[str, Any]] = []
        self.inspected = {"Id": "sha256:f0", "Architecture": "arm64", "Created": "2026", "Size": 9}
        self.silent = threading.Event()
        self.containers: list[tuple[str, list[str], str]] = []
        self.removed: list[str] = []
        self.status = 0

    def pull(self, repository: str, tag: str, **options: Any) -> Iterator[dict[str, Any]]:
        self.pulled.append((repository, tag, options["platform"]))
        for event in self.events:
            if event == "silence":
                self.silent.wait(10)
            elif isinstance(event, Exception):
                raise event
            else:
                yield event

    def images(self) -> list[dict[str, Any]]:
        return self.listed

    def create_container(self, image: str, command: list[str], **options: Any) -> dict[str, str]:
        self.containers.append((image, command, options["user"]))
        return {"Id": "c1"}

    def start(self, container: str) -> None:
        assert container == "c1"

    def wait(self, _container: str) -> dict[str, int]:
        return {"StatusCode": self.status}

    def logs(self, _container: str, *, tail: int) -> bytes:
        return b"No package x available." if tail else b""

    def commit(self, _container: str, **options: Any) -> dict[str, str]:
        pairs = (change.removeprefix("LABEL ").split("=", 1) for change in options["changes"])
        labels = {json.loads(name): json.loads(value) for name, value in pairs}
        tag = f"{options['repository']}:{options['tag']}"
        image = {"Id": "sha256:cc", "Labels": labels, "RepoTags": [tag], "Size": 10}
        self.listed.append(image)
        return {"Id": "sha256:cc"}

    def remove_container(self, container: str, *, force: bool) -> None:
        assert force
        self.removed.append(container)

    def inspect_image(self, _reference: str) -> dict[str, Any]:
        return self.inspected


@pytest.fixture
def api() -> Api:
    return Api()


@pytest.fixture
def store(api: Api, tmp_path: Path) -> DockerStore:
    roots = Roots(tmp_path / "roots")
    return DockerStore(api, roots, pinned=catalogue().pinned, answer_seconds=0.2)


def pinned(python: str) -> PinnedImage:
    platform = Platform.parse("aarch64", "manylinux2014")
    image = catalogue().pinned_image(platform, Interpreter.parse(python))
    assert image is not None
    return image


def test_a_pull_names_the_platform(api: Api, store: DockerStore) -> None:
    api.events = [{"status": "Pulling"}]
    image = store.pull(pinned("cp37"))
    assert api.pulled == [("quay.io/pypa/manylinux2014_aarch64", "2025.05.03-1", "linux/arm64")]
    assert (image.origin, image.digest) == ("pypa", "sha256:f0")
    store.pull(pinned("cp39"))
    assert api.pulled[1][1].startswith("sha256:")


@pytest.mark.parametrize(
    ("event", "message"),
    [
        ({"error": "manifest unknown"}, r"manylinux2014_aarch64:2025\.05\.03-1: manifest unknown"),
        (APIError("500", explanation="no such host"), "no such host"),
        (OSError("broken pipe"), "broken pipe"),
        ("silence", "no answer for"),
    ],
)
def test_a_failed_pull_is_explained(api: Api, store: DockerStore, event: Any, message: str) -> None:
    api.events = [{"status": "Pulling"}, event]
    with pytest.raises(ImageError, match=message):
        store.pull(pinned("cp37"))
    api.silent.set()


def test_a_pull_ends_when_it_is_to_stop(api: Api, tmp_path: Path) -> None:
    stop, pinning = threading.Event(), catalogue().pinned
    store = DockerStore(api, Roots(tmp_path / "roots"), pinned=pinning, stop=stop)
    api.events = [{"status": "Pulling"}, "silence"]
    threading.Timer(0.1, stop.set).start()
    with pytest.raises(KeyboardInterrupt):
        store.pull(pinned("cp37"))
    api.silent.set()


@pytest.mark.parametrize(
    "event", [Lost("connection aborted"), ConnectionResetError(), ProtocolError("broken")]
)
def test_an_engine_that_is_lost_may_come_back(api: Api, store: DockerStore, event: Any) -> None:
    api.events = [{"status": "Pulling"}, event]
    with pytest.raises(EngineGone, match="broke off"):
        store.pull(pinned("cp37"))


def test_a_registry_s_trouble_is_not_the_engine_s(api: Api, store: DockerStore) -> None:
    response = Response()
    response.status_code = 503
    api.events = [APIError("unavailable", response=response)]
    with pytest.raises(ImageError, match="cannot pull"):
        store.pull(pinned("cp37"))


def test_images_of_an_engine_that_is_lost_are_not_missing(
    api: Api, store: DockerStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lost() -> list[dict[str, Any]]:
        raise Lost("connection aborted")

    monkeypatch.setattr(api, "images", lost)
    with pytest.raises(EngineGone, match="list images"):
        store.images()


def test_what_a_killed_porter_was_writing_goes(
    api: Api, store: DockerStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))
    left = tmp_path / "tmp" / f"porter-image-{replace(Owner.current(), boot='earlier')}.x"
    left.mkdir(parents=True)
    (tmp_path / "root").mkdir()
    monkeypatch.setattr(api, "load_image", lambda _: [{"error": "no room"}], raising=False)
    with pytest.raises(ImageError, match="did not take"):
        store.load(replace(info(), path=tmp_path / "root"))
    assert not list((tmp_path / "tmp").iterdir())


def test_an_image_of_another_architecture_is_explained(api: Api, store: DockerStore) -> None:
    api.inspected["Architecture"] = "amd64"
    with pytest.raises(ImageError, match="is here for amd64, not for arm64") as caught:
        store.pull(pinned("cp37"))
    assert "--platform linux/arm64" in str(caught.value.hint)


def test_only_pinned_and_labelled_images_are_porter_s(api: Api, store: DockerStore) -> None:
    labels = {
        "porter.image": "1",
        "porter.arch": "aarch64",
        "porter.created": "2027",
        "porter.digest": "sha256:a1",
        "porter.python": "cp39",
        "porter.suite": "bullseye",
    }
    api.listed = [
        {"Id": "sha256:1", "RepoTags": ["debian:12"], "RepoDigests": None, "Labels": None},
        {"Id": "sha256:2", "RepoTags": [pinned("cp37").reference], "Labels": {}},
        {"Id": "sha256:3", "RepoTags": None, "RepoDigests": [pinned("cp39").reference]},
        {"Id": "sha256:4", "RepoTags": ["porter:x"], "Labels": labels, "Size": 4},
    ]
    assert [image.name for image in store.images()] == [
        "porter:x",
        pinned("cp37").reference,
        pinned("cp39").reference,
    ]


def test_a_root_without_files_cannot_be_loaded(store: DockerStore) -> None:
    with pytest.raises(ImageError, match="not unpacked here"):
        store.load(replace(info(), path=None))


# --- packages of a manylinux image ----------------------------------------------------------------


def test_packages_are_added_by_the_image_itself_and_known_again(
    api: Api, store: DockerStore
) -> None:
    image = store.pull(pinned("cp39"))
    made = store.install(image, ("postgresql-devel",))
    ((name, command, user),) = api.containers
    assert (name, user) == (image.name, "0:0")
    assert command[-1] == "postgresql-devel"
    assert api.removed == ["c1"]
    assert (made.origin, made.base, made.packages) == ("pypa", "sha256:f0", ("postgresql-devel",))
    assert made.interpreters == image.interpreters
    assert made in store.images()


def test_a_package_manager_that_fails_says_why(api: Api, store: DockerStore) -> None:
    image = store.pull(pinned("cp39"))
    api.status = 1
    with pytest.raises(ImageError, match="exit status 1") as caught:
        store.install(image, ("x",))
    assert "No package x" in caught.value.context
    assert api.removed == ["c1"]
