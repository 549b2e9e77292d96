from __future__ import annotations

from pathlib import Path

import pytest

from fakes.sysroot import PLATFORM, make_tools
from porter.errors import ImageError
from porter.model import ARCHITECTURES, Interpreter
from porter.toolchain import rust_packages
from porter.toolchain.apart import Apart
from porter.toolchain.rust import environment, scripts

PLACE = "/porter/toolchain/rust"
FOLDERS = ":".join(
    f"{PLACE}{folder}"
    for folder in ("/lib/x86_64-linux-gnu", "/usr/lib/x86_64-linux-gnu", "/lib", "/usr/lib")
)
STANDARD = "usr/lib/rustlib/aarch64-unknown-linux-gnu/lib"


def make_rust(place: Path, *, programs: tuple[str, ...], library: str = STANDARD) -> Apart:
    make_tools(place)
    for name in programs:
        (place / "usr/bin" / name).touch()
    (place / library).mkdir(parents=True)
    return Apart(place, "sha256:r")


def test_its_programs_run_by_their_own_loader(tmp_path: Path) -> None:
    made = scripts(make_rust(tmp_path, programs=("cargo", "rustc")), PLATFORM.arch)
    assert made.keys() == {"cargo", "rustc"}
    start, given = f"{PLACE}/lib64/ld-linux-x86-64.so.2", '"$@"'
    assert made["cargo"].splitlines() == [
        "#!/bin/sh",
        f"exec {start} --library-path {FOLDERS} {PLACE}/usr/bin/cargo {given}",
    ]


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
    assert env["CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_LINKER"] == "/usr/bin/gcc"
    assert (env["CARGO_NET_OFFLINE"], env["PYO3_CROSS_PYTHON_VERSION"]) == ("true", "3.9")


@pytest.mark.parametrize("name", sorted(ARCHITECTURES))
def test_every_architecture_has_its_target(name: str) -> None:
    arch = ARCHITECTURES[name]
    env = environment(arch, Interpreter.parse("3.9"), ARCHITECTURES["x86_64"])
    assert env["CARGO_BUILD_TARGET"].startswith(arch.triple.split("-")[0].removesuffix("le")[:3])
