"""Wheels linked by zig, then judged and repaired: real linkers, real auditwheel."""

from __future__ import annotations

import io
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from fakes.wheels import make_wheel
from porter.environment import read_wheel
from porter.errors import StepFailed
from porter.model import Platform, Policy
from porter.repair import Repaired, repair
from porter.repair.elf import read_linked

pytestmark = pytest.mark.e2e

LONG_DOUBLE = """
#include <math.h>
long double demo(long double x) { return logl(x) + expl(x); }
int PyInit_demo(void) { return (int) demo(2); }
"""
PRINTS = """
#include <stdio.h>
static double exp10(double x) { return x * x; }
int PyInit_demo(void) { return printf("%p", (void *) 0) + (int) exp10(3); }
"""
POWER = """
#include <stdlib.h>
#include <math.h>
int PyInit_demo(void) { volatile double x = 2; return (int) pow(x, x) + rand(); }
"""
USES_OTHER = """
#include <stdlib.h>
int other(void);
int PyInit_demo(void) { return other() + rand(); }
"""


@pytest.fixture(scope="module", autouse=True)
def zig_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """One cache for all tests here, and none of it left behind."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("ZIG_GLOBAL_CACHE_DIR", "ZIG_LOCAL_CACHE_DIR"):
            patch.setenv(name, str(tmp_path_factory.mktemp(name)))
        yield


def link(folder: Path, source: str, target: str, *flags: str, name: str = "demo") -> Path:
    """A shared library, made by `zig cc` as it comes."""
    made = folder / f"lib{name}.so"
    (folder / "demo.c").write_text(source)
    command = [sys.executable, "-m", "ziglang", "cc", "-target", target, "-shared", "-fPIC", "-O1"]
    command += [f"-Wl,-soname,lib{name}.so", "demo.c", "-o", str(made), *flags]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    return made


def wheel(folder: Path, library: Path) -> Path:
    name = "demo.cpython-39-aarch64-linux-gnu.so"
    filename = "demo-1.0-cp39-cp39-linux_aarch64.whl"
    return make_wheel(folder, filename, {name: library.read_bytes()})


def repaired(
    raw: Path,
    policy: str = "manylinux2014",
    sysroot: Path | None = None,
    out: str = "out",
    source: Path | None = None,
    sdist: Path | None = None,
) -> Repaired:
    folder = raw.parent
    return repair(
        raw,
        platform=Platform.parse("aarch64", policy),
        sysroot=sysroot,
        work=folder / "work",
        out=folder / out,
        source=source,
        sdist=sdist,
    )


def test_zigs_runtime_is_found_behind_hidden_symbols(tmp_path: Path) -> None:
    raw = wheel(tmp_path, link(tmp_path, LONG_DOUBLE, "aarch64-linux-gnu.2.17", "-lm"))
    with pytest.raises(StepFailed, match="defines expl, logl"):
        repaired(raw)


def test_a_clean_wheel_gets_the_oldest_tag_reproducibly(tmp_path: Path) -> None:
    raw = wheel(tmp_path, link(tmp_path, PRINTS, "aarch64-linux-gnu.2.17"))
    result = repaired(raw)
    assert result.wheel.name == (
        "demo-1.0-cp39-cp39-manylinux2014_aarch64.manylinux_2_17_aarch64.whl"
    )
    assert result.policy == Policy((2, 17))
    assert result.grafted == ()
    assert repaired(raw, out="again").wheel.read_bytes() == result.wheel.read_bytes()


def test_a_newer_glibc_is_named_and_needs_the_newer_policy(tmp_path: Path) -> None:
    raw = wheel(tmp_path, link(tmp_path, POWER, "aarch64-linux-gnu.2.34", "-lm"))
    with pytest.raises(StepFailed, match=r"needs pow@GLIBC_2\.29"):
        repaired(raw)
    result = repaired(raw, "manylinux_2_34")
    assert Policy((2, 17)) < (result.policy or Policy((0, 0))) <= Policy((2, 34))


def test_the_build_platforms_code_is_refused(tmp_path: Path) -> None:
    raw = wheel(tmp_path, link(tmp_path, PRINTS, "x86_64-linux-gnu.2.17"))
    with pytest.raises(StepFailed, match="is for x86_64"):
        repaired(raw)


def test_libraries_are_grafted_from_the_sysroot(tmp_path: Path) -> None:
    folder = tmp_path / "root/usr/lib/aarch64-linux-gnu"
    folder.mkdir(parents=True)
    target = "aarch64-linux-gnu.2.17"
    other = "#include <stdlib.h>\nint other(void) { return rand(); }"
    library = link(tmp_path, other, target, name="other").rename(folder / "libother.so")
    raw = wheel(tmp_path, link(tmp_path, USES_OTHER, target, str(library), "-lc"))
    with pytest.raises(StepFailed, match=r"it needs libother\.so"):
        repaired(raw)
    result = repaired(raw, sysroot=tmp_path / "root")
    (name,) = result.grafted
    assert name.startswith("libother-")
    assert result.size_after > result.size_before


@pytest.mark.parametrize(
    ("place", "grafted"), [("", 0), ("lib/", 0), ("demo-1.0.data/data/lib/", 1)]
)
def test_a_library_of_the_package_s_own_is_found(tmp_path: Path, place: str, grafted: int) -> None:
    target = "aarch64-linux-gnu.2.17"
    other = "#include <stdlib.h>\nint other(void) { return rand(); }"
    library = link(tmp_path, other, target, name="other")
    built_in = f"-Wl,-rpath,{tmp_path}"
    module = link(tmp_path, USES_OTHER, target, str(library), "-lc", built_in)
    files = {
        "demo.cpython-39-aarch64-linux-gnu.so": module.read_bytes(),
        f"{place}libother.so": library.read_bytes(),
    }
    result = repaired(make_wheel(tmp_path, "demo-1.0-cp39-cp39-linux_aarch64.whl", files))
    assert len(result.grafted) == grafted
    with zipfile.ZipFile(result.wheel) as archive:
        made = archive.read("demo.cpython-39-aarch64-linux-gnu.so")
    found = read_linked(io.BytesIO(made)).paths
    assert found == ("$ORIGIN/demo.libs" if grafted else f"$ORIGIN/{place}".rstrip("/"),)


def test_a_library_that_the_build_left_in_its_tree_is_grafted(tmp_path: Path) -> None:
    target, place = "aarch64-linux-gnu.2.17", tmp_path / "src/build"
    place.mkdir(parents=True)
    other = "#include <stdlib.h>\nint other(void) { return rand(); }"
    library = link(tmp_path, other, target, name="other").rename(place / "libother.so")
    flags = ("-lc", "-Wl,-rpath,/porter/work/src/build")
    raw = wheel(tmp_path, link(tmp_path, USES_OTHER, target, str(library), *flags))
    (name,) = repaired(raw, source=tmp_path / "src").grafted
    assert name.startswith("libother-")


def test_a_module_named_for_the_build_platform_is_repaired_by_its_own_name(tmp_path: Path) -> None:
    library = link(tmp_path, PRINTS, "aarch64-linux-gnu.2.17")
    name = "demo.cpython-39-{}-linux-gnu.so"
    filename = "demo-1.0-cp39-cp39-linux_aarch64.whl"
    raw = make_wheel(tmp_path, filename, {name.format("x86_64"): library.read_bytes()})
    result = repaired(raw)
    assert result.policy == Policy((2, 17))
    assert name.format("aarch64") in read_wheel(result.wheel).names


def test_what_a_source_has_ready_made_for_others_is_in_it_unchanged(tmp_path: Path) -> None:
    program = link(tmp_path, POWER, "x86_64-linux-gnu.2.28", "-lm", name="solver").read_bytes()
    own = link(tmp_path, PRINTS, "aarch64-linux-gnu.2.17").read_bytes()
    files: dict[str, bytes | str] = {
        "a/solver": program,
        "z.cpython-39-aarch64-linux-gnu.so": own,
        "z.py": "x = 1",
    }
    raw = make_wheel(tmp_path, "demo-1.0-cp39-cp39-linux_aarch64.whl", files)
    with zipfile.ZipFile(tmp_path / "demo-1.0.zip", "w") as sdist:
        sdist.writestr("demo-1.0/a/solver", program)
    result = repaired(raw, sdist=tmp_path / "demo-1.0.zip")
    assert result.policy == Policy((2, 17))
    assert set(files) <= set(read_wheel(result.wheel).names)
    with zipfile.ZipFile(result.wheel) as archive:
        assert archive.read("a/solver") == program
