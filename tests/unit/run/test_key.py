from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from porter.model import Interpreter, Platform, Strategy
from porter.run.key import Inputs

INPUTS = Inputs(
    source="aa",
    interpreter=Interpreter(3, 9),
    platform=Platform.parse("aarch64", "manylinux2014"),
    strategy=Strategy.CROSS,
    root="sha256:r",
    sysroot="sha256:s",
    toolchain="sha256:z",
    environment={"wheel-1-py3-none-any.whl": "01", "setuptools-1-py3-none-any.whl": "02"},
    recipe=None,
    timestamp=1591228800,
    target_root="sha256:t",
)

CHANGES: list[dict[str, Any]] = [
    {"source": "bb"},
    {"interpreter": Interpreter(3, 11)},
    {"platform": Platform.parse("aarch64", "manylinux_2_28")},
    {"platform": Platform.parse("ppc64le", "manylinux2014")},
    {"strategy": Strategy.EMULATED},
    {"root": "sha256:other"},
    {"sysroot": "sha256:other"},
    {"toolchain": "sha256:other"},
    {"environment": {}},
    {"environment": {**INPUTS.environment, "wheel-1-py3-none-any.whl": "03"}},
    {"recipe": "sha256:recipe"},
    {"timestamp": 1591228801},
]


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: next(iter(change)))
def test_whatever_can_change_a_wheel_changes_the_key(change: dict[str, Any]) -> None:
    assert replace(INPUTS, **change).key() != INPUTS.key()


def test_where_a_wheel_is_proved_is_told_and_is_no_part_of_the_key() -> None:
    elsewhere = replace(INPUTS, target_root="none")
    assert elsewhere.key() == INPUTS.key()
    assert elsewhere.as_data()["target_root"] == "none"


@given(st.permutations(sorted(INPUTS.environment.items())))
def test_the_order_of_the_environment_does_not_matter(items: list[tuple[str, str]]) -> None:
    assert replace(INPUTS, environment=dict(items)).key() == INPUTS.key()


def test_a_key_is_a_named_digest() -> None:
    assert INPUTS.key().startswith("sha256:")
    assert len(INPUTS.key()) == len("sha256:") + 64
