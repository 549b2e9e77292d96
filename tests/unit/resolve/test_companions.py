from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import pytest
from packaging.utils import canonicalize_name
from packaging.version import Version

from fakes.index import FakeFile, FakeIndex
from porter.errors import StepFailed
from porter.model import Artifact, Interpreter, Node, Platform, Side, State
from porter.resolve import companions
from unit.resolve.cases import native, pure

FILES: Mapping[str, Sequence[FakeFile]] = {
    "runner": [pure("runner", "1")],
    "frames": [pure("frames", "2", "arrays>=2"), pure("frames", "1", "arrays")],
    "arrays": [
        pure("arrays", "1"),
        pure("arrays", "2"),
        pure("arrays", "3", uploaded="2030-01-01"),
    ],
    "elsewhere": [native("elsewhere", "1", arch="x86_64")],
}
SOURCE = Artifact(
    index="default",
    filename="a-1.tar.gz",
    sha256="0" * 64,
    size=1,
    upload_time=datetime(2020, 1, 1, tzinfo=UTC),
)


def found(*requirements: str, **installed: str) -> list[str]:
    node = Node(
        name=canonicalize_name("a"),
        version=Version("1"),
        interpreter=Interpreter(3, 9),
        side=Side.TARGET,
        state=State.PORT,
        reason="",
        source=SOURCE,
    )
    files = companions(
        node,
        requirements,
        platform=Platform.parse("aarch64", "manylinux2014"),
        index=FakeIndex(FILES),
        installed={canonicalize_name(name): Version(text) for name, text in installed.items()},
    )
    return sorted(f"{file.name} {file.version}" for file in files)


def test_what_is_required_in_turn_comes_along_as_of_the_day_of_the_source() -> None:
    assert found("frames") == ["arrays 2", "frames 2"]


def test_what_does_not_apply_is_passed_over() -> None:
    assert found("runner", "nowhere; python_version < '3'") == ["runner 1"]


def test_what_is_installed_is_left_out_and_decides_what_goes_with_it() -> None:
    assert found("frames", arrays="2") == ["frames 2"]
    assert found("frames", arrays="1") == ["frames 1"]


def test_what_is_installed_may_be_younger_than_the_rest() -> None:
    assert found("frames", arrays="3") == ["frames 2"]


def test_where_nothing_goes_with_what_is_installed_it_is_taken_all_the_same() -> None:
    assert found("frames", arrays="0.1") == ["frames 2"]
    assert found("frames>=2", arrays="1") == ["frames 2"]


@pytest.mark.parametrize("text", ["elsewhere", "nowhere", "a >= broken"])
def test_what_cannot_be_had(text: str) -> None:
    with pytest.raises(StepFailed, match="it is proved with"):
        found(text)
