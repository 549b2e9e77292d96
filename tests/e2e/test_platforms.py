"""Other architectures, several interpreters, other distributions."""

from __future__ import annotations

import pytest

from e2e.command import Porter

pytestmark = pytest.mark.e2e


def test_a_big_endian_wheel_is_built_across_and_runs(porter: Porter) -> None:
    words = ("build", "wrapt==1.12.1", "--python", "3.11", "--arch", "s390x")
    (port,) = porter.ports(*words).values()
    assert (port["outcome"], port["strategy"], port["verified"]) == ("built", "cross", "import")
    assert port["wheel"].endswith("-cp311-cp311-manylinux2014_s390x.manylinux_2_17_s390x.whl")


def test_an_abi3_wheel_is_built_once_and_works_elsewhere_too(porter: Porter) -> None:
    words = ("build", "psutil==5.9.8", "--from-source", "psutil", "--verify-on", "debian:bookworm")
    ports = porter.ports(*words, "--python", "3.9", "--python", "3.11")
    old, new = ports["psutil==5.9.8@cp39"], ports["psutil==5.9.8@cp311"]
    assert (old["outcome"], new["outcome"]) == ("built", "cached")
    assert old["sha256"] == new["sha256"]
    assert (old["verified"], new["verified"]) == ("import", "import")
    assert old["verified_on"] == new["verified_on"] == {"debian:bookworm": "import"}
    assert len(list((porter.workspace / "wheelhouse").glob("*.whl"))) == 1
