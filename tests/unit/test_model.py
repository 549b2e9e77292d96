from __future__ import annotations

import pytest

from porter.errors import UsageError
from porter.model import Interpreter, Platform


def refused(arch: str = "aarch64", policy: str = "manylinux2014") -> tuple[str, str]:
    with pytest.raises(UsageError) as caught:
        Platform.parse(arch, policy)
    return caught.value.message, str(caught.value.hint)


@pytest.mark.parametrize("policy", ["musllinux_1_2", "musl", "musllinux_1_1_aarch64"])
def test_there_is_no_policy_for_musl(policy: str) -> None:
    message, hint = refused(policy=policy)
    assert message == f"porter builds for glibc (manylinux), not for musl: policy {policy!r}"
    assert "has to be built there" in hint
    assert "manylinux2014 (manylinux_2_17) to manylinux_2_41" in hint


@pytest.mark.parametrize("policy", ["manylinux1", "manylinux2010", "manylinux_2_12", "2.5"])
def test_an_old_policy_is_told_as_one(policy: str) -> None:
    message, hint = refused(policy=policy)
    assert "is older than glibc 2.17" in message
    assert hint.startswith("Take manylinux2014.")


@pytest.mark.parametrize(
    ("policy", "meant"),
    [
        ("2.28", "Did you mean manylinux_2_28?"),
        ("manylinux_2.28", "Did you mean manylinux_2_28?"),
        ("manylinux_2_28_aarch64", "Did you mean manylinux_2_28?"),
        ("manylinux2014_aarch64", "Did you mean manylinux2014?"),
        ("glibc2.17", "Did you mean manylinux2014?"),
        ("manylinux_2_99", "Accepted"),
        ("manylinux", "Accepted"),
    ],
)
def test_what_may_have_been_meant_by_a_policy(policy: str, meant: str) -> None:
    message, hint = refused(policy=policy)
    assert message == f"unknown policy {policy!r}"
    assert hint.startswith(meant)


@pytest.mark.parametrize(
    ("arch", "meant"),
    [
        ("arm64", "Did you mean aarch64?"),
        ("linux/arm64", "Did you mean aarch64?"),
        ("ARM64", "Did you mean aarch64?"),
        ("amd64", "Did you mean x86_64?"),
        ("x86", "Did you mean x86_64?"),
        ("armhf", "Did you mean armv7l?"),
        ("ppc64", "Did you mean ppc64le?"),
        ("vax", "Accepted: aarch64, x86_64, ppc64le, s390x, armv7l."),
    ],
)
def test_what_may_have_been_meant_by_an_architecture(arch: str, meant: str) -> None:
    message, hint = refused(arch=arch)
    assert message == f"unknown architecture {arch!r}"
    assert hint.startswith(meant)


@pytest.mark.parametrize(
    ("python", "hint"),
    [("3.9.2", "Wheels are for all of a series: 3.9."), ("2.7", "Accepted: 3.6,")],
)
def test_a_python_is_a_series(python: str, hint: str) -> None:
    with pytest.raises(UsageError) as caught:
        Interpreter.parse(python)
    assert str(caught.value.hint).startswith(hint)
