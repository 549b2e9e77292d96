from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence

from packaging.requirements import Requirement
from packaging.utils import NormalizedName

from fakes.index import FakeFile, FakeIndex, sdist, wheel
from porter.model import File, Interpreter, Platform
from porter.resolve.catalog import Catalog
from porter.resolve.need import needs_of
from porter.resolve.provider import Provider
from porter.resolve.runtime import Runtime
from porter.resolve.shelf import Shelf
from porter.resolve.solve import Solution, solve

FOO = NormalizedName("foo")
BAR = wheel("bar-1.0-py3-none-any.whl")
NEWEST = 19


class Watched(FakeIndex):
    """Notes which metadata was read, in which thread."""

    def __init__(self, projects: Mapping[str, Sequence[FakeFile]]) -> None:
        super().__init__(projects)
        self.read: dict[str, bool] = {}
        """Whether the main thread read it."""

    def metadata(self, file: File) -> bytes | None:
        self.read[str(file.version)] = threading.current_thread() is threading.main_thread()
        return super().metadata(file)


def wait_for(happened: Callable[[], bool], seconds: float = 10) -> None:
    end = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < end
        time.sleep(0.001)


def solved(index: FakeIndex) -> Solution:
    runtime = Runtime.target(Platform.parse("aarch64", "manylinux2014"), Interpreter(3, 9))
    needs = [need for text in ("bar==1.0", "foo") for need in needs_of(Requirement(text))]
    with Catalog(index) as catalog:
        return solve(needs, Shelf(catalog=catalog, runtime=runtime), {})


def test_releases_that_will_be_tried_are_read_meanwhile() -> None:
    files = [
        wheel(f"foo-{n}.0-py3-none-any.whl", requires=["bar>1"] if n > 3 else [])
        for n in range(NEWEST + 1)
    ]
    index = Watched({"foo": files, "bar": [BAR]})
    assert str(solved(index).pins[FOO].version) == "3.0"
    assert set(index.read) >= {f"{n}.0" for n in range(3, NEWEST)}
    assert not all(index.read.values())


def test_sdists_are_not_downloaded_ahead() -> None:
    files = [sdist(f"foo-{n}.0.tar.gz", requires=["bar>1"] if n > 16 else []) for n in range(20)]
    index = Watched({"foo": files, "bar": [BAR]})
    assert str(solved(index).pins[FOO].version) == "16.0"
    assert set(index.read) - {"1.0"} == {"19.0", "18.0", "17.0", "16.0"}


def test_releases_that_cannot_be_chosen_are_read_past_in_waves() -> None:
    late = [
        wheel(f"late-{n}.0-py3-none-any.whl", requires=["bar>1", "ghost"] if n > 2 else [])
        for n in range(NEWEST + 1)
    ]
    index = Watched({"late": late, "bar": [BAR], "ghost": []})
    runtime = Runtime.target(Platform.parse("aarch64", "manylinux2014"), Interpreter(3, 9))
    needs = [n for text in ("bar==1.0", "late") for n in needs_of(Requirement(text))]
    with Catalog(index) as catalog:
        provider = Provider(Shelf(catalog=catalog, runtime=runtime), {})
        provider.begin(needs)
        wait_for(lambda: "2.0" in index.read)
    assert set(index.read) >= {f"{n}.0" for n in range(2, NEWEST + 1)}
    assert not any(index.read.values())
    assert "ghost" not in index.asked
