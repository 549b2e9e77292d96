from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from porter.model import Interpreter, Platform
from porter.toolchain import systems

CP39, AARCH64 = Interpreter(3, 9), Platform.parse("aarch64", "manylinux2014")
TEXTS = systems.texts(CP39, AARCH64, has_fortran=False)


def site(tmp_path: Path, *, runs: bool, given: str = "") -> str:
    """What a configure script would know after it has sourced config.site."""
    program = "/bin/true" if runs else str(tmp_path / "absent")
    (tmp_path / "config.site").write_text(
        TEXTS["config.site"].replace("/porter/sysroot/bin/true", program)
    )
    script = f'{given} . {tmp_path}/config.site; echo "$cross_compiling $host_alias '
    script += '$ac_cv_func_malloc_0_nonnull"'
    done = subprocess.run(["sh", "-euc", script], capture_output=True, text=True, check=True)
    return done.stdout.strip()


START = "cross_compiling=no; host_alias=; ac_cv_func_malloc_0_nonnull=;"


def test_configure_is_at_home_where_the_target_s_programs_run(tmp_path: Path) -> None:
    assert site(tmp_path, runs=True, given=START) == "no"


def test_configure_is_told_where_they_do_not(tmp_path: Path) -> None:
    given = "cross_compiling=no; host_alias=;"
    assert site(tmp_path, runs=False, given=given) == "yes aarch64-linux-gnu yes"


def test_what_the_package_answers_itself_stays(tmp_path: Path) -> None:
    given = "host_alias=arm-linux; ac_cv_func_malloc_0_nonnull=no;"
    assert site(tmp_path, runs=False, given=given) == "yes arm-linux no"


@pytest.mark.parametrize(
    ("policy", "denied"),
    [
        ("manylinux2014", {"getentropy", "arc4random"}),
        ("manylinux_2_31", {"arc4random"}),
        ("manylinux_2_36", set()),
    ],
)
def test_configure_does_not_find_what_only_the_linker_has(policy: str, denied: set[str]) -> None:
    platform = Platform.parse("aarch64", policy)
    text = systems.texts(CP39, platform, has_fortran=False)["config.site"]
    assert set(re.findall(r"^ac_cv_func_(\w+)=no$", text, re.MULTILINE)) == denied


def test_cmake_looks_in_the_target_s_root_and_in_the_build_s_own_folders() -> None:
    text = TEXTS["toolchain.cmake"]
    assert 'CMAKE_FIND_ROOT_PATH "/porter/sysroot;/porter/env;/porter/work;' in text
    assert "CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY" in text
    # It is not to believe that it compiles for another machine: then it would run nothing.
    assert "CMAKE_SYSTEM_NAME" not in text


@pytest.mark.parametrize("module", ["Python", "Python3", "PYTHON"])
def test_cmake_finds_the_target_s_python(module: str) -> None:
    text = TEXTS["toolchain.cmake"]
    assert f'set({module}_INCLUDE_DIR "/porter/toolchain/include/python3.9" CACHE' in text
    assert f'set({module}_LIBRARY "/porter/toolchain/systems/libpython3.9.a" CACHE' in text


def test_there_is_a_library_of_python_without_anything_in_it(tmp_path: Path) -> None:
    (tmp_path / "libpython3.9.a").write_text(TEXTS["libpython3.9.a"])
    listed = subprocess.run(
        ["ar", "t", tmp_path / "libpython3.9.a"], capture_output=True, check=True
    )
    assert listed.stdout == b""


def test_every_variable_leads_to_a_file() -> None:
    named = {value.rpartition("/")[2] for value in systems.environment().values()}
    assert named <= TEXTS.keys()
