"""One package for each build system, by the strategy that is the hardest on it."""

from __future__ import annotations

import pytest

from e2e.command import Porter

pytestmark = pytest.mark.e2e

PACKAGES = [
    pytest.param("contourpy==1.2.0", "3.11", id="meson"),
    pytest.param("h3==3.7.6", "3.9", id="cmake"),
    pytest.param("gevent==20.9.0", "3.9", id="autoconf"),
    pytest.param("gensim==3.8.3", "3.9", id="setup.py"),
    pytest.param("kiwisolver==1.3.1", "3.9", id="pybind11"),
]


@pytest.mark.parametrize(("requirement", "python"), PACKAGES)
def test_cross_builds_with_it(porter: Porter, requirement: str, python: str) -> None:
    name, _, version = requirement.partition("==")
    words = ("build", requirement, "--python", python, "--from-source", name)
    ports = porter.ports(*words, "--strategy", "cross")
    port = ports[f"{name}=={version}@cp{python.replace('.', '')}"]
    assert (port["outcome"], port["verified"]) == ("built", "import")
    assert "manylinux_2_17_aarch64" in port["wheel"]
