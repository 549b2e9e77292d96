from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.utils import canonicalize_name
from packaging.version import Version

import numerics
from numerics import Difference, compare, endings, section, unexplained
from porter.recipes import Recipes
from porter.verify.results import JUnit

ENDINGS = st.dictionaries(st.text("ab", max_size=3), st.sampled_from(["passed", "failed"]))


def test_each_test_has_one_ending() -> None:
    found = endings(JUnit(("a", "b"), {"b": "torn down badly"}, ("c",)))
    assert found == {"a": "passed", "b": "failed", "c": "skipped"}


@given(ENDINGS, ENDINGS)
def test_every_test_is_counted_once(cross: dict[str, str], emulated: dict[str, str]) -> None:
    found = compare(cross, emulated)
    same = [test for tests in found.same.values() for test in tests]
    assert sorted([*same, *(one.test for one in found.differing)]) == sorted({*cross, *emulated})
    assert all((one.cross != one.emulated) for one in found.differing)
    assert not compare(cross, cross).differing


def test_a_test_that_only_one_wheel_has_differs() -> None:
    (found,) = compare({"a": "passed"}, {}).differing
    assert (found.cross, found.emulated) == ("passed", "not run")


@pytest.mark.parametrize(
    ("test", "short"),
    [
        ("numpy.core.tests.test_umath.TestLog::test_log[x]", "TestLog::test_log[x]"),
        ("py.tests.test_solver::test_a", "test_a"),
    ],
)
def test_the_name_without_the_module(test: str, short: str) -> None:
    assert Difference(test, "passed", "failed").short == short


def test_a_difference_is_explained_outside_of_the_section_that_is_made() -> None:
    found = compare({"a.TestA::t": "passed"}, {"a.TestA::t": "failed"})
    made = f"<!-- numerics: begin -->\n{section({'a': found})}\n`TestA::t`\n<!-- numerics: end -->"
    assert list(unexplained(found.differing, made)) == list(found.differing)
    assert list(unexplained(found.differing, f"{made}\n`TestA::t` is known.")) == []


def test_the_page_explains_every_difference_it_lists() -> None:
    page = numerics.PAGE.read_text("utf-8")
    listed = re.findall(r"^- .*, `(.+)`: (.+) \(cross\), (.+) \(emulated\)$", page, re.MULTILINE)
    assert list(unexplained([Difference(*one) for one in listed], page)) == []


@pytest.mark.parametrize("package", numerics.PACKAGES, ids=lambda package: package.name)
def test_a_recipe_says_what_the_tests_of_each_package_are(package: numerics.Package) -> None:

    name, _, version = package.requirement.partition("==")
    recipe = Recipes.load(None).find(canonicalize_name(name), Version(version))
    assert recipe is not None
    assert recipe.rules.tests.named


def test_a_longer_suite_takes_the_place_of_the_recipe_s(tmp_path: Path) -> None:
    (numpy,) = (package for package in numerics.PACKAGES if package.tests)
    shipped = files("porter.recipes.shipped").joinpath("numpy.toml").read_text("utf-8")
    (tmp_path / "numpy.toml").write_text(numerics.with_tests(shipped, numpy.tests))
    longer, own = (
        Recipes.load(folder).find(canonicalize_name("numpy"), Version("1.18.5"))
        for folder in (tmp_path, None)
    )
    assert longer is not None
    assert own is not None
    assert "numpy.linalg" in longer.rules.tests.command
    assert longer.digest == own.digest
