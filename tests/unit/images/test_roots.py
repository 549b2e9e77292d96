from __future__ import annotations

import os
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from fakes.images import info
from porter.errors import ImageError
from porter.images.roots import ROOT, Roots, folder_size
from porter.images.store import ImageInfo


@pytest.fixture
def roots(tmp_path: Path) -> Roots:
    return Roots(tmp_path / "roots")


def fill(scratch: Path) -> ImageInfo:
    (scratch / ROOT / "file").write_text("content")
    return info()


def left_over(roots: Roots) -> list[str]:
    return [path.name for path in roots.folder.iterdir() if path.name.startswith(".new")]


def test_a_root_is_found_by_its_digest(roots: Roots) -> None:
    made = roots.create(fill)
    assert made.path == roots.folder / "a1"
    assert (made.path / "file").read_text() == "content"
    assert roots.find("sha256:a1") == made
    assert roots.all() == [made]
    assert not left_over(roots)


def test_a_root_that_is_here_stays(roots: Roots) -> None:
    first = roots.create(fill)

    def fill_again(scratch: Path) -> ImageInfo:
        return replace(fill(scratch), created="2030-01-01T00:00:00+00:00")

    assert roots.create(fill_again) == first


def test_a_failure_leaves_nothing(roots: Roots) -> None:
    def interrupted(scratch: Path) -> ImageInfo:
        fill(scratch)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        roots.create(interrupted)
    assert not left_over(roots)
    assert roots.all() == []


def test_a_full_disk_is_explained(roots: Roots) -> None:
    def full(_: Path) -> ImageInfo:
        raise OSError(28, "No space left on device")

    with pytest.raises(ImageError, match="No space left"):
        roots.create(full)


def test_what_a_killed_run_left_is_swept(roots: Roots) -> None:
    (roots.folder / ".new-x/root").mkdir(parents=True)
    roots.create(fill)
    assert not left_over(roots)


def test_a_document_without_its_folder_is_no_root(roots: Roots) -> None:
    made = roots.create(fill)
    assert made.path is not None
    made.path.rename(roots.folder / "gone")
    assert roots.find(made.digest) is None
    assert roots.all() == []


def test_removing(roots: Roots) -> None:
    made = roots.create(fill)
    roots.remove(made.digest)
    roots.remove(made.digest)
    assert roots.all() == []
    assert [path.name for path in roots.folder.iterdir()] == [".lock"]


def test_the_newest_of_a_name_comes_first(roots: Roots) -> None:
    for digest, created in (("sha256:a", "2025"), ("sha256:b", "2026")):
        roots.create(lambda s, d=digest, c=created: replace(fill(s), digest=d, created=c))  # type: ignore[misc]  # a lambda's defaults have no types
    assert [root.digest for root in roots.all()] == ["sha256:b", "sha256:a"]


def test_a_damaged_document_is_named(roots: Roots) -> None:
    roots.create(fill)
    (roots.folder / "a1.json").write_text("{")
    with pytest.raises(ImageError, match=r"a1\.json is damaged"):
        roots.all()


@pytest.mark.parametrize("digest", ["sha256:../../etc", "a1", "md5:a1", "sha256:"])
def test_a_digest_is_no_path(roots: Roots, digest: str) -> None:
    with pytest.raises(ImageError, match="not a digest"):
        roots.remove(digest)


def test_hard_links_count_once(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"123")
    os.link(tmp_path / "a", tmp_path / "b")
    assert folder_size(tmp_path) == 3


def test_who_waits_for_another_process_is_told_once(roots: Roots) -> None:
    told, waiting = list[str](), threading.Event()

    def notice(text: str) -> None:
        told.append(text)
        waiting.set()

    other = Roots(roots.folder, notice=notice)
    thread = threading.Thread(target=other.create, args=(fill,))
    with roots.held():
        thread.start()
        assert waiting.wait(5)
        assert roots.all() == []
    thread.join(5)
    assert [root.digest for root in roots.all()] == [info().digest]
    assert told == [f"waiting for another porter that makes an image ({roots.folder})"]


def test_the_waiting_ends_when_it_is_to_stop(roots: Roots) -> None:
    stop, ended = threading.Event(), list[BaseException]()
    other = Roots(roots.folder, notice=lambda _: stop.set(), stop=stop)

    def create() -> None:
        try:
            other.create(fill)
        except KeyboardInterrupt as error:
            ended.append(error)

    with roots.held():
        thread = threading.Thread(target=create)
        thread.start()
        thread.join(5)
    assert ended
    assert roots.all() == []
