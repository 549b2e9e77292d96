"""What every `IndexClient` does: the fake and the real one pass the same tests."""

from __future__ import annotations

import hashlib

import pytest
from packaging.utils import NormalizedName
from packaging.version import Version

from fakes.index import FakeFile, sdist, wheel
from porter.errors import IndexUnavailable, StepFailed
from porter.index.protocol import IndexClient, Locator, Project
from porter.index.reference import Reference, parse_reference

DEMO = NormalizedName("demo")
DATA: dict[str, list[FakeFile]] = {
    "demo": [
        wheel(
            "demo-1.0-cp39-cp39-manylinux1_x86_64.whl",
            requires=["numpy>=1.7", 'enum34 ; python_version < "3.4"'],
            requires_python=">=3.5",
        ),
        wheel("demo-1.1-2-py3-none-any.whl", yanked="broken"),
        sdist("demo-1.0.tar.gz", uploaded="2020-06-04"),
        sdist("demo-1.1.zip", requires=["numpy"]),
    ],
    "tampered": [sdist("tampered-1.0.tar.gz", requires=["numpy"])],
    "down": [sdist("down-1.0.tar.gz")],
}


class IndexContract:
    """Subclasses give a fixture `index` over `DATA`, where project `down` does not answer and
    the content of `tampered-1.0.tar.gz` has another hash than the page says."""

    def test_lists_the_files_of_a_project(self, index: IndexClient) -> None:
        files = {file.filename: file for file in project(index).files}
        assert set(files) == {fake.file.filename for fake in DATA["demo"]}
        wheel_file = files["demo-1.0-cp39-cp39-manylinux1_x86_64.whl"]
        assert wheel_file.version == Version("1.0")
        assert {str(tag) for tag in wheel_file.tags} == {"cp39-cp39-manylinux1_x86_64"}
        assert files["demo-1.1-2-py3-none-any.whl"].build == (2, "")
        assert files["demo-1.1-2-py3-none-any.whl"].is_pure
        assert not files["demo-1.1.zip"].is_wheel
        assert not files["demo-1.1.zip"].tags

    def test_says_what_the_page_says_of_a_file(self, index: IndexClient) -> None:
        files = {file.filename: file for file in project(index).files}
        assert str(files["demo-1.0-cp39-cp39-manylinux1_x86_64.whl"].requires_python) == ">=3.5"
        assert files["demo-1.1-2-py3-none-any.whl"].yanked == "broken"
        assert files["demo-1.0.tar.gz"].yanked is None
        assert files["demo-1.0.tar.gz"].sha256 == DATA["demo"][2].file.sha256

    def test_an_unknown_name_is_none(self, index: IndexClient) -> None:
        assert index.project(NormalizedName("no-such-project")) is None

    def test_an_outage_is_not_an_unknown_name(self, index: IndexClient) -> None:
        with pytest.raises(IndexUnavailable):
            index.project(NormalizedName("down"))

    def test_metadata_where_it_is_final(self, index: IndexClient) -> None:
        known = {f.filename: index.metadata(f) for f in project(index).files}
        metadata = known["demo-1.0-cp39-cp39-manylinux1_x86_64.whl"] or b""
        assert b"Requires-Dist: numpy>=1.7\n" in metadata
        assert b"Requires-Dist: numpy\n" in (known["demo-1.1.zip"] or b"")
        assert known["demo-1.0.tar.gz"] is None

    def test_downloads_what_the_page_says(self, index: IndexClient) -> None:
        for file in project(index).files:
            path = index.download(file)
            assert path.name == file.filename
            assert hashlib.sha256(path.read_bytes()).hexdigest() == file.sha256
            assert index.download(file) == path

    def test_a_download_with_another_hash_fails(self, index: IndexClient) -> None:
        found = index.project(NormalizedName("tampered"))
        assert found is not None
        with pytest.raises(StepFailed, match=r"tampered-1\.0\.tar\.gz") as failure:
            index.download(found.files[0])
        assert str(found.files[0].sha256) in failure.value.context
        assert failure.value.hint

    def test_prefetch_changes_no_answer_and_never_raises(self, index: IndexClient) -> None:
        index.prefetch(NormalizedName(n) for n in ("demo", "no-such-project", "down"))
        assert len(project(index).files) == 4
        self.test_an_unknown_name_is_none(index)
        self.test_an_outage_is_not_an_unknown_name(index)


def project(index: IndexClient) -> Project:
    found = index.project(DEMO)
    assert found is not None
    assert found.name == "demo"
    return found


DIRECT = sdist("other-1.0.tar.gz")
AT = "https://files.example/d/other-1.0.tar.gz"


class LocatorContract:
    """Subclasses give a fixture `locator` that has `DIRECT` at `AT`, and nothing else."""

    def test_an_address_gives_the_file_and_its_hash(self, locator: Locator) -> None:
        for url in (AT, f"{AT}#sha256={DIRECT.file.sha256}"):
            found = locator.locate(parse_reference(url))
            assert found.path.name == DIRECT.file.filename
            assert found.path.read_bytes() == DIRECT.content
            assert found.reference == Reference(AT, sha256=DIRECT.file.sha256)

    def test_nothing_at_an_address(self, locator: Locator) -> None:
        with pytest.raises(StepFailed, match="there is no file at") as failure:
            locator.locate(parse_reference("https://files.example/gone-1.0.tar.gz"))
        assert failure.value.final

    def test_another_file_than_was_asked_for(self, locator: Locator) -> None:
        with pytest.raises(StepFailed, match="is not the file that was asked for"):
            locator.locate(parse_reference(f"{AT}#sha256={'0' * 64}"))
