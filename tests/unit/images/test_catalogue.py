from __future__ import annotations

import re

import pytest

from porter.errors import ImageError, UsageError
from porter.images.catalogue import catalogue
from porter.model import ARCHITECTURES, INTERPRETERS, Interpreter, Platform


def pinned(arch: str, policy: str, python: str) -> str | None:
    image = catalogue().pinned_image(Platform.parse(arch, policy), Interpreter.parse(python))
    return str(image) if image else None


@pytest.mark.parametrize(
    ("arch", "policy", "python", "image"),
    [
        ("aarch64", "manylinux2014", "cp36", "quay.io/pypa/manylinux2014_aarch64:2025.05.03-1"),
        ("aarch64", "manylinux2014", "cp37", "quay.io/pypa/manylinux2014_aarch64:2025.05.03-1"),
        ("x86_64", "manylinux_2_17", "cp38", "quay.io/pypa/manylinux2014_x86_64:2026.05.02-2"),
        ("aarch64", "manylinux2014", "cp39", "quay.io/pypa/manylinux2014_aarch64:2026.08.15-1"),
        ("s390x", "manylinux_2_28", "cp313", "quay.io/pypa/manylinux_2_28_s390x:2026.08.15-1"),
        # The newest glibc that the policy still allows.
        ("aarch64", "manylinux_2_27", "cp39", "quay.io/pypa/manylinux2014_aarch64:2026.08.15-1"),
        ("aarch64", "manylinux_2_39", "cp39", "quay.io/pypa/manylinux_2_34_aarch64:2026.08.15-1"),
        ("armv7l", "manylinux_2_31", "cp39", "quay.io/pypa/manylinux_2_31_armv7l:2026.08.15-1"),
        ("armv7l", "manylinux2014", "cp39", None),
        # An image that never had the interpreter is passed over for an older one that has.
        ("aarch64", "manylinux_2_34", "cp37", "quay.io/pypa/manylinux_2_28_aarch64:2025.05.03-1"),
    ],
)
def test_pinned_image(arch: str, policy: str, python: str, image: str | None) -> None:
    assert pinned(arch, policy, python) == image


def test_the_newest_pins_go_by_digest() -> None:
    for image in catalogue().pinned:
        newest = Interpreter(3, 13) in image.interpreters
        assert bool(re.search(r"@sha256:[0-9a-f]{64}$", image.reference)) is newest


def test_every_interpreter_has_a_manylinux2014_image() -> None:
    assert all(pinned("aarch64", "manylinux2014", i.tag) for i in INTERPRETERS)


@pytest.mark.parametrize(
    ("python", "suite"), [("cp39", "bullseye"), ("cp311", "bookworm"), ("cp313", "trixie")]
)
def test_suite_by_interpreter(python: str, suite: str) -> None:
    platform = Platform.parse("aarch64", "manylinux2014")
    assert catalogue().suite(platform, Interpreter.parse(python)).name == suite


def test_distutils_is_a_package_of_its_own_up_to_bookworm() -> None:
    having = [s.name for s in catalogue().suites if "python3-distutils" in s.packages]
    assert having == ["bullseye", "bookworm"]


def test_no_suite_names_the_possible_ones() -> None:
    with pytest.raises(ImageError, match=r"CPython 3\.12 for s390x") as caught:
        catalogue().suite(Platform.parse("s390x", "manylinux2014"), Interpreter(3, 12))
    assert caught.value.hint is not None
    assert "3.11 (bookworm), 3.13 (trixie)" in caught.value.hint
    assert "bullseye" not in caught.value.hint


def test_a_suite_older_than_the_policy_does_not_serve() -> None:
    with pytest.raises(ImageError, match="older glibc than manylinux_2_34") as caught:
        catalogue().suite(Platform.parse("aarch64", "manylinux_2_34"), Interpreter(3, 9))
    assert caught.value.hint == "Ask for --policy manylinux_2_31 or lower."


def test_every_architecture_has_a_suite() -> None:
    assert all(catalogue().suites_for(arch) for arch in ARCHITECTURES.values())


def test_a_distribution_goes_by_its_name() -> None:
    power = ARCHITECTURES["ppc64le"]
    suite = catalogue().distribution("debian:trixie", power)
    assert (suite.release, suite.interpreter) == ("trixie", Interpreter(3, 13))
    assert "gcc" not in suite.packages
    # Left to the system by every manylinux policy, and brought by no wheel.
    assert {"libatomic1", "libstdc++6"} <= set(suite.packages)
    for unknown in ("debian:bullseye", "ubuntu:noble", "trixie"):
        with pytest.raises(UsageError, match=unknown) as caught:
            catalogue().distribution(unknown, power)
        assert caught.value.hint == "Possible: debian:bookworm, debian:trixie."
