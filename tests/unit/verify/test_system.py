from __future__ import annotations

from pathlib import Path

import pytest

from fakes.elves import make_elf
from fakes.wheels import make_wheel
from porter.verify import system
from porter.verify.system import left_to_the_system, packages_with

NAME = "demo-1.0-cp311-cp311-manylinux_2_17_aarch64.whl"


def test_libraries_of_a_desktop_are_told_and_no_others(tmp_path: Path) -> None:
    drawing = make_wheel(
        tmp_path,
        NAME,
        {
            "a.so": make_elf(needed=["libX11.so.6", "libc.so.6"]),
            "demo.libs/libcairo-1234.so.2": make_elf(needed=["libXrender.so.1", "libpng16.so.16"]),
            "b.py": "",
            "damaged.so": make_elf(needed=["libGL.so.1"])[:90],
        },
    )
    needs = make_wheel(
        tmp_path / "other", NAME, {"c.so": make_elf(needed=["libglib-2.0.so.0", "libz.so.1"])}
    )
    assert left_to_the_system([drawing]) == {"libX11.so.6", "libXrender.so.1"}
    assert left_to_the_system([drawing, needs]) > {"libglib-2.0.so.0"}
    assert left_to_the_system([]) == frozenset()


def test_what_every_root_has_is_told_and_not_added(tmp_path: Path) -> None:
    """A person's own system may lack it all the same."""
    files: dict[str, bytes | str] = {"a.so": make_elf(needed=["libatomic.so.1", "libstdc++.so.6"])}
    told = left_to_the_system([make_wheel(tmp_path, NAME, files)])
    assert told == {"libatomic.so.1"}
    assert not packages_with(told).apt


def test_a_file_that_would_fill_the_memory_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files: dict[str, bytes | str] = {"a.so": make_elf(needed=["libX11.so.6"])}
    wheel = make_wheel(tmp_path, NAME, files)
    monkeypatch.setattr(system, "_LARGEST", 20)
    assert left_to_the_system([wheel]) == frozenset()


def test_a_package_that_has_several_is_named_once() -> None:
    packages = packages_with(["libgobject-2.0.so.0", "libX11.so.6", "libglib-2.0.so.0"])
    assert packages.apt == ("libglib2.0-0", "libx11-6")
    assert not packages_with([]).apt
