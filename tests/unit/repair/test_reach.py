from __future__ import annotations

import posixpath
from pathlib import PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from porter.repair.reach import Linked, Reach, is_inside, reaches

LIBRARY = Linked()


def of(name: str, linked: Linked, *others: str) -> Reach:
    """How one file is led, in a wheel with these others."""
    return reaches({name: linked, **dict.fromkeys(others, LIBRARY)})[name]


@pytest.mark.parametrize(
    ("library", "path"),
    [
        ("spam/liba.so.1", "$ORIGIN"),
        ("spam/lib/liba.so.1", "$ORIGIN/lib"),
        ("liba.so.1", "$ORIGIN/.."),
        ("eggs/lib/liba.so.1", "$ORIGIN/../eggs/lib"),
    ],
)
def test_a_library_of_the_wheel_is_led_to(library: str, path: str) -> None:
    assert of("spam/_x.so", Linked(("liba.so.1", "libc.so.6")), library) == Reach(
        (path,), ("libc.so.6",)
    )


def test_a_module_at_the_top_is_led_too() -> None:
    needs = Linked(("liba.so",))
    assert of("_x.so", needs, "liba.so").paths == ("$ORIGIN",)
    assert of("_x.so", needs, "lib/liba.so").paths == ("$ORIGIN/lib",)


@pytest.mark.parametrize(
    "path", ["$ORIGIN/../lib", "${ORIGIN}/../lib/", "$ORIGIN/../spam/../lib"], ids=str
)
def test_paths_that_lead_there_are_left_as_they_are(path: str) -> None:
    assert of("spam/_x.so", Linked(("liba.so",), (path,)), "lib/liba.so").paths == (path,)


def test_own_paths_come_first_and_folders_of_the_build_are_left_out() -> None:
    linked = Linked(("liba.so", "libb.so"), ("/tmp/build", "$ORIGIN/gone", ""))
    led = of("spam/_x.so", linked, "lib/liba.so", "lib/libb.so")
    assert led.paths == ("$ORIGIN/gone", "$ORIGIN/../lib")


def test_the_nearest_of_several_is_taken() -> None:
    needs = Linked(("liba.so",))
    assert of("a/b/_x.so", needs, "a/liba.so", "a/b/liba.so", "liba.so").paths == ("$ORIGIN",)
    assert of("a/b/_x.so", needs, "c/d/liba.so", "a/liba.so").paths == ("$ORIGIN/..",)


def test_what_an_installer_places_by_itself_has_no_way_there() -> None:
    needs = Linked(("liba.so",))
    data, platlib = "x-1.data/data/lib", "x-1.data/platlib/spam"
    assert of("spam/_x.so", needs, f"{data}/liba.so") == Reach((), ("liba.so",))
    assert of(f"{platlib}/_x.so", needs, "spam/liba.so") == Reach((), ("liba.so",))
    assert of(f"{platlib}/_x.so", needs, f"{platlib}/lib/liba.so").paths == ("$ORIGIN/lib",)


@pytest.mark.parametrize(
    ("path", "name", "inside"),
    [
        ("$ORIGIN/..", "spam/_x.so", True),
        ("$ORIGIN/../../nvidia/lib", "spam/eggs/_x.so", True),
        ("$ORIGIN/..", "_x.so", False),
        ("$ORIGIN/../..", "spam/_x.so", False),
        ("$ORIGIN/../../../../../../tmp/x", "spam/_x.so", False),
        ("$ORIGINAL/x", "spam/_x.so", False),
        ("${ORIGIN}al/x", "spam/_x.so", False),
        ("$ORIGIN//lib", "spam/_x.so", True),
        ("$ORIGIN/..$PLATFORM/lib", "_x.so", False),
        ("$ORIGIN/..lib", "_x.so", True),
        ("$ORIGIN/../eggs", "x-1.data/platlib/spam/_x.so", True),
        ("$ORIGIN/../..", "x-1.data/platlib/spam/_x.so", False),
        ("$ORIGIN/../lib", "x-1.data/data/bin/x", True),
        ("/usr/lib", "spam/_x.so", False),
        ("lib", "spam/_x.so", False),
    ],
)
def test_what_lies_below_the_folder_of_installation(path: str, name: str, *, inside: bool) -> None:
    assert is_inside(path, name) is inside


def test_libraries_named_by_a_path_are_looked_for_by_name_in_its_folder() -> None:
    linked = Linked(
        ("build/liba.so", "/opt/lib/libb.so", "libc.so.6", "build/libd.so"), ("$ORIGIN",)
    )
    assert linked.by_name() == Linked(
        ("liba.so", "libb.so", "libc.so.6", "libd.so"), ("$ORIGIN", "build", "/opt/lib")
    )


_STEPS = st.lists(st.sampled_from(["a", "b", "..", ".", ""]), max_size=6)


@given(
    st.lists(st.sampled_from("ab"), max_size=3), _STEPS, st.sampled_from(["", "x.data/platlib/"])
)
def test_a_path_is_inside_just_when_it_does_not_climb_out(
    here: list[str], steps: list[str], placed: str
) -> None:
    installed = PurePosixPath("/venv/site-packages", *here)
    led = PurePosixPath(posixpath.normpath("/".join((str(installed), *steps))))
    inside = is_inside("/".join(("$ORIGIN", *steps)), placed + "/".join((*here, "_x.so")))
    assert inside is led.is_relative_to("/venv/site-packages")


_PARTS = st.lists(st.sampled_from(["a", "b", "lib"]), max_size=3)


@given(_PARTS, _PARTS, st.sampled_from([(), ("$ORIGIN/a",)]))
def test_every_path_given_leads_to_the_library(
    here: list[str], there: list[str], own: tuple[str, ...]
) -> None:
    module, library = "/".join((*here, "_x.so")), "/".join((*there, "liba.so"))
    led = of(module, Linked(("liba.so",), own), library)
    folders = [p.replace("$ORIGIN", posixpath.dirname(module) or ".") for p in led.paths]
    assert all(is_inside(path, module) for path in led.paths)
    assert posixpath.dirname(library) in [posixpath.normpath(f).removeprefix(".") for f in folders]
