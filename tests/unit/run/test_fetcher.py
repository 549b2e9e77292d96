from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from fakes.index import FakeFile, FakeIndex, sdist
from porter.errors import IndexUnavailable, StepFailed
from porter.model import Artifact, File
from porter.recipes import Recipe, Recipes
from porter.run import Fetcher
from unit.graph.plans import node

SDIST = sdist("demo-1.tar.gz")
NODE = node("demo")


def artifact(of: FakeFile = SDIST) -> Artifact:
    assert of.file.sha256 is not None
    return Artifact("default", of.file.filename, of.file.sha256)


def test_the_file_of_the_plan_is_downloaded(tmp_path: Path) -> None:
    index = FakeIndex({"demo": [SDIST]}, folder=tmp_path)
    assert Fetcher(index)(NODE, artifact()).read_bytes() == SDIST.content


class Recording(FakeIndex):
    """Remembers which hashes were asked for."""

    def download(self, file: File) -> Path:
        self.prefetched.add(str(file.sha256))
        return super().download(file)


def test_a_file_without_a_hash_is_asked_for_with_the_plan_s(tmp_path: Path) -> None:
    bare = replace(SDIST, file=replace(SDIST.file, sha256=None))
    index = Recording({"demo": [bare]}, folder=tmp_path)
    Fetcher(index)(NODE, artifact())
    assert index.prefetched == {SDIST.file.sha256}


@pytest.mark.parametrize("projects", [{}, {"demo": []}, {"demo": [sdist("demo-2.tar.gz")]}])
def test_a_file_that_is_gone_is_named(projects: dict[str, list[FakeFile]]) -> None:
    with pytest.raises(StepFailed, match=r"no index serves demo-1\.tar\.gz") as caught:
        Fetcher(FakeIndex(projects))(NODE, artifact())
    assert caught.value.final


def test_another_content_under_the_same_name_is_refused() -> None:
    changed = sdist("demo-1.tar.gz", files={"setup.py": "import evil"})
    index = FakeIndex({"demo": [changed]})
    with pytest.raises(StepFailed, match="another demo-1") as caught:
        Fetcher(index)(NODE, artifact())
    assert str(SDIST.file.sha256) in caught.value.context
    assert index.downloaded == []


def test_the_right_file_is_found_beside_a_wrong_one_of_another_index(tmp_path: Path) -> None:
    changed = sdist("demo-1.tar.gz", files={"setup.py": "import evil"})
    index = FakeIndex({"demo": [changed, SDIST]}, folder=tmp_path)
    assert Fetcher(index)(NODE, artifact()).read_bytes() == SDIST.content


def test_an_index_that_does_not_answer_is_no_fault_of_the_package() -> None:
    with pytest.raises(IndexUnavailable):
        Fetcher(FakeIndex({}, unavailable=["demo"]))(NODE, artifact())


ARCHIVE = Artifact("recipe", "demo-1.tar.gz", "0" * 64)
URL = "https://host.example/demo-1.tar.gz"


class Noting(FakeIndex):
    """Notes the address of what is to be downloaded, and downloads nothing."""

    def download(self, file: File) -> Path:
        self.downloaded.append(file.url)
        return Path(file.filename)


def recipe(folder: Path, source: str) -> Recipe | None:
    (folder / "demo.toml").write_text(f'reason = "x"\n[[release]]\nsource = {{ {source} }}\n')
    return Recipes((folder,)).find(NODE.name, NODE.version)


def test_a_source_from_a_recipe_s_address(tmp_path: Path) -> None:
    found = recipe(tmp_path, f'url = "{URL}", sha256 = "{ARCHIVE.sha256}"')
    index = Noting({})
    Fetcher(index, lambda _: found)(replace(NODE, source=ARCHIVE), ARCHIVE)
    assert index.downloaded == [URL]


def test_a_source_of_another_project(tmp_path: Path) -> None:
    other = sdist("other-1.tar.gz")
    found = recipe(tmp_path, 'sdist = "other"')
    index = Noting({"other": [other]})
    Fetcher(index, lambda _: found)(replace(NODE, source=artifact(other)), artifact(other))
    assert index.downloaded == [other.file.url]


def test_a_recipe_that_was_changed_since_the_plan(tmp_path: Path) -> None:
    found = recipe(tmp_path, f'url = "{URL}", sha256 = "{"1" * 64}"')
    with pytest.raises(StepFailed, match="another demo-1"):
        Fetcher(FakeIndex({}), lambda _: found)(replace(NODE, source=ARCHIVE), ARCHIVE)


def test_a_file_that_was_asked_for_by_its_address() -> None:
    index = Noting({})
    direct = Artifact("direct", "demo-1.tar.gz", "0" * 64, url=URL)
    Fetcher(index)(replace(NODE, source=direct), direct)
    assert index.downloaded == [URL]
    assert index.asked == []
    assert Fetcher(index).find(NODE, direct).sha256 == "0" * 64


def test_the_commit_of_a_recipe(tmp_path: Path) -> None:
    commit = "c" * 40
    found = recipe(tmp_path, f'git = "https://host.example/demo.git", commit = "{commit}"')
    archive = Artifact("recipe", f"demo-{commit[:12]}.tar", "0" * 64)
    file = Fetcher(FakeIndex({}), lambda _: found).find(replace(NODE, source=archive), archive)
    assert (file.url, file.sha256) == (f"git+https://host.example/demo.git@{commit}", "0" * 64)
