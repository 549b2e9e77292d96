"""What the launcher tells an image's own compiler; in its place stands one that prints it."""

from __future__ import annotations

import subprocess
from collections.abc import Callable

import pytest

from porter.toolchain import tools

Call = Callable[..., list[str]]


@pytest.fixture(scope="module")
def call(tmp_path_factory: pytest.TempPathFactory) -> Call:
    folder = tmp_path_factory.mktemp("launcher")
    place, image = folder / "bin", folder / "image"
    place.symlink_to(tools.launcher(folder / "cache", has_fortran=True, place=str(place)))
    image.mkdir()
    for name in ("cc", "gcc", "gfortran"):
        (image / name).write_text('#!/bin/sh\nprintf "%s\\n" "$0" "$@"\n')
        (image / name).chmod(0o755)

    def run(*argv: str) -> list[str]:
        done = subprocess.run(
            [place / argv[0], *argv[1:]],
            env={"PATH": f"{place}:{image}"},
            capture_output=True,
            text=True,
            check=True,
        )
        said = done.stdout.splitlines()
        assert said[0] == str(image / argv[0])
        return said[1:]

    return run


@pytest.mark.parametrize("name", ["cc", "gcc", "gfortran"])
def test_no_debug_information_is_made_nor_linked(call: Call, name: str) -> None:
    assert call(name, "-g", "-c", "a.c") == ["-g", "-c", "a.c", "-g0"]
    link = ["-g", "-shared", "a.o", "-o", "a.so"]
    assert call(name, *link) == [*link, "-g0", "-Wl,--strip-debug"]


@pytest.mark.parametrize("question", [["-v"], ["--version"], ["-dumpmachine"], ["-E", "a.c"]])
def test_a_question_stays_one(call: Call, question: list[str]) -> None:
    """An option of the linker would make a link of it, which fails."""
    assert call("gcc", *question) == [*question, "-g0"]
