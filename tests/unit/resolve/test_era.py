from datetime import UTC, datetime, timedelta

import pytest

from porter.model import ARCHITECTURES, Interpreter
from porter.resolve import marker_environment
from porter.resolve.era import GRACE, build_requirements, cutoff
from porter.resolve.source import BuildSystem, SourceError

CP39 = Interpreter(3, 9)
MARKERS = marker_environment(ARCHITECTURES["x86_64"], CP39)


def test_an_old_source_waits_for_the_interpreter() -> None:
    assert cutoff(datetime(2018, 1, 1, tzinfo=UTC), CP39) == CP39.first_release + GRACE


def test_a_newer_source_has_its_own_day() -> None:
    uploaded = datetime(2023, 1, 1, tzinfo=UTC)
    assert cutoff(uploaded, CP39) == uploaded + timedelta(days=30)


def test_no_day_no_cutoff() -> None:
    assert cutoff(None, CP39) is None


def test_a_day_at_the_end_of_time() -> None:
    assert cutoff(datetime.max.replace(tzinfo=UTC), CP39) is not None


def test_setuptools_hook_asks_for_wheel() -> None:
    system = BuildSystem(("setuptools>=40",), "setuptools.build_meta")
    assert [str(r) for r in build_requirements(system, None, MARKERS)] == [
        "setuptools>=40",
        "wheel",
    ]


def test_another_backend_does_not() -> None:
    system = BuildSystem(("flit_core",), "flit_core.buildapi")
    assert [str(r) for r in build_requirements(system, None, MARKERS)] == ["flit_core"]


def test_what_applies_counts() -> None:
    requires = ("a; platform_machine == 'x86_64'", "b; platform_machine == 'aarch64'")
    found = build_requirements(BuildSystem(requires, "x"), None, MARKERS)
    assert [r.name for r in found] == ["a"]


@pytest.mark.parametrize("text", ["a >= broken", "a @ https://host.example/a.whl"])
def test_what_cannot_be_used(text: str) -> None:
    with pytest.raises(SourceError, match="a"):
        build_requirements(BuildSystem((text,), "x"), None, MARKERS)
