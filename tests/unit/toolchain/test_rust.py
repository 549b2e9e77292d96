from __future__ import annotations

from pathlib import Path

import pytest

from fakes.sysroot import LINKING, PLATFORM, STANDARD, make_rust
from porter.errors import ImageError
from porter.model import ARCHITECTURES, Interpreter
from porter.toolchain import rust_packages
from porter.toolchain.rust import environment, scripts

PLACE = "/porter/toolchain/rust"
FOLDERS = ":".join(
    f"{PLACE}{folder}"
    for folder in ("/lib/x86_64-linux-gnu", "/usr/lib/x86_64-linux-gnu", "/lib", "/usr/lib")
)


def test_its_programs_run_by_their_own_loader(tmp_path: Path) -> None:
    made = scripts(make_rust(tmp_path), PLATFORM.arch)
    linking = {"build-platform/gcc", "build-platform/ld", "build-platform/collect2"}
    assert made.keys() == {"cargo", "rustc", *linking}
    start, given = f"{PLACE}/lib64/ld-linux-x86-64.so.2", '"$@"'
    assert made["cargo"].splitlines() == [
        "#!/bin/sh",
        f"exec {start} --library-path {FOLDERS} {PLACE}/usr/bin/cargo {given}",
    ]


def test_what_runs_during_the_build_is_linked_and_started_by_rust_s_own_root(
    tmp_path: Path,
) -> None:
    made = scripts(make_rust(tmp_path), PLATFORM.arch)
    words = made["build-platform/gcc"].split()
    assert f"{PLACE}/usr/bin/gcc" in words
    assert f"--sysroot={PLACE}" in words
    assert "-B/porter/toolchain/cargo/build-platform" in words
    assert words[-2:] == [
        f"-Wl,-dynamic-linker={PLACE}/lib64/ld-linux-x86-64.so.2",
        f"-Wl,-rpath={PLACE}/lib/x86_64-linux-gnu",
    ]
    assert f"{PLACE}/usr/bin/ld" in made["build-platform/ld"].split()
    assert f"{PLACE}/{LINKING[-1]}" in made["build-platform/collect2"].split()


@pytest.mark.parametrize("gone", LINKING)
def test_a_root_that_cannot_link_is_refused(tmp_path: Path, gone: str) -> None:
    left = tuple(name for name in LINKING if name != gone)
    with pytest.raises(ImageError, match="no gcc to link with"):
        scripts(make_rust(tmp_path, linking=left), PLATFORM.arch)


def test_on_the_build_platform_itself_wheels_are_linked_as_for_any_other() -> None:
    here = ARCHITECTURES["x86_64"]
    env = environment(here, Interpreter.parse("3.9"), here)
    assert env["CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_LINKER"] == "x86_64-linux-gnu-gcc"


@pytest.mark.parametrize(
    ("programs", "library"),
    [(("cargo",), STANDARD), (("cargo", "rustc"), "usr/lib/rustlib/x86_64-unknown-linux-gnu/lib")],
)
def test_a_root_without_the_targets_rust_is_refused(
    tmp_path: Path, programs: tuple[str, ...], library: str
) -> None:
    with pytest.raises(ImageError, match="has no Rust for aarch64"):
        scripts(make_rust(tmp_path, programs=programs, library=library), PLATFORM.arch)


def test_the_standard_library_is_the_targets() -> None:
    assert rust_packages(PLATFORM.arch) == ("cargo", "rustc", "libstd-rust-dev:arm64")


def test_cargo_is_told_the_target_its_linker_and_that_there_is_no_network() -> None:
    env = environment(PLATFORM.arch, Interpreter.parse("3.9"), ARCHITECTURES["x86_64"])
    assert env["CARGO_BUILD_TARGET"] == "aarch64-unknown-linux-gnu"
    assert env["CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER"] == "aarch64-linux-gnu-gcc"
    linker = env["CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_LINKER"]
    assert linker == "/porter/toolchain/cargo/build-platform/gcc"
    assert env["PKG_CONFIG_ALLOW_CROSS"] == "1"
    assert (env["CARGO_NET_OFFLINE"], env["PYO3_CROSS_PYTHON_VERSION"]) == ("true", "3.9")


@pytest.mark.parametrize("name", sorted(ARCHITECTURES))
def test_every_architecture_has_its_target(name: str) -> None:
    arch = ARCHITECTURES[name]
    env = environment(arch, Interpreter.parse("3.9"), ARCHITECTURES["x86_64"])
    assert env["CARGO_BUILD_TARGET"].startswith(arch.triple.split("-")[0].removesuffix("le")[:3])
