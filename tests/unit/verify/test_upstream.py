from __future__ import annotations

from dataclasses import dataclass

import pytest
from packaging.utils import canonicalize_name
from packaging.version import Version

from fakes.index import wheel
from porter.errors import IndexUnavailable
from porter.index import Project
from porter.model import File, Interpreter
from porter.verify import Nothing, Upstream, upstream
from porter.verify.upstream import choose

CP39 = Interpreter(3, 9)
FOO, ONE = canonicalize_name("foo"), Version("1")


def chosen(*tags: str) -> str | None:
    found = choose([wheel(f"foo-1-{tag}.whl").file for tag in tags], CP39)
    return None if found is None else found.filename.removeprefix("foo-1-").removesuffix(".whl")


@pytest.mark.parametrize(
    ("tags", "best"),
    [
        (["cp38-cp38-manylinux1_x86_64", "cp39-cp39-manylinux1_x86_64"], 1),
        (["cp36-cp36m-manylinux1_x86_64", "cp38-cp38-manylinux1_x86_64"], 1),
        (["cp39-cp39-manylinux2014_aarch64", "cp38-cp38-manylinux1_x86_64"], 1),
        (["cp38-cp38-manylinux1_x86_64", "cp36-abi3-manylinux1_x86_64"], 1),
        (["py3-none-any", "cp39-cp39-manylinux2014_aarch64"], 1),
        (["cp39-cp39-win_amd64", "py3-none-any"], 1),
        (["py3-none-manylinux1_x86_64", "cp38-cp38-manylinux1_x86_64"], 0),
        (["cp39-cp39-win_amd64", "cp39-cp39-macosx_11_0_arm64"], None),
        (["cp27-cp27mu-manylinux1_x86_64", "pp37-pypy37_pp73-manylinux1_x86_64"], None),
        ([], None),
    ],
)
def test_the_nearest_wheel_is_taken(tags: list[str], best: int | None) -> None:
    wanted = None if best is None else tags[best]
    assert chosen(*tags) == wanted
    assert chosen(*reversed(tags)) == wanted


@dataclass
class Listing:
    """An index that lists one name in every wheel; or is down, or cannot."""

    files: tuple[File, ...]
    down: bool = False
    silent: bool = False

    def project(self, name: object) -> Project | None:
        return Project.of(FOO, self.files) if name == FOO else None

    def metadata(self, file: File) -> bytes | None:
        return f"Name: foo\nVersion: 1\nRequires-Dist: {file.name}bar (>=1)\n".encode()

    def contents(self, _file: File) -> tuple[str, ...] | None:
        if self.down:
            raise IndexUnavailable("the index does not answer")
        return None if self.silent else ("foo.py",)


X86 = wheel("foo-1-cp39-cp39-manylinux1_x86_64.whl").file
PURE = wheel("foo-1-py3-none-any.whl").file


def test_what_it_holds_is_read_from_the_index() -> None:
    assert upstream(FOO, ONE, CP39, Listing((X86, PURE)), arch="aarch64") == Upstream(
        X86.filename, ("foo.py",), frozenset({"foobar>=1"}), pure_too=True
    )


@pytest.mark.parametrize(
    ("tag", "at_home"),
    [
        ("cp39-cp39-manylinux2014_aarch64", ("foo.py",)),
        ("cp36-abi3-manylinux2014_aarch64", ("foo.py",)),
        ("cp38-cp38-manylinux2014_aarch64", None),
        ("cp39-cp39-manylinux2014_s390x", None),
        ("py3-none-any", None),
    ],
)
def test_upstreams_own_wheel_for_the_processor_is_read_too(
    tag: str, at_home: tuple[str, ...] | None
) -> None:
    index = Listing((X86, wheel(f"foo-1-{tag}.whl").file))
    found = upstream(FOO, ONE, CP39, index, arch="aarch64")
    assert isinstance(found, Upstream)
    assert found.at_home == at_home


@pytest.mark.parametrize(
    ("index", "reason"),
    [
        (Listing(()), "no index has a wheel of this release for Linux"),
        (Listing((X86,), down=True), "the index does not answer"),
        (Listing((X86,), silent=True), f"the contents of {X86.filename} cannot be read"),
    ],
)
def test_why_there_is_nothing_to_compare_with(index: Listing, reason: str) -> None:
    found = upstream(FOO, ONE, CP39, index, arch="aarch64")
    assert isinstance(found, Nothing)
    assert found.reason.startswith(reason)
