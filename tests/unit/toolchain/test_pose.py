from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from fakes.sysroot import PLATFORM, PYCONFIG
from porter.model import ARCHITECTURES, Interpreter
from porter.toolchain import pose
from porter.toolchain.sandbox import SYSTEMS

CP39 = Interpreter.parse("3.9")
BUILD: dict[str, str | int] = {
    "CC": "gcc -pthread",
    "CFLAGS": "-g -flto -specs=/x -O2",
    "LDFLAGS": "-L/usr/lib/x86_64-linux-gnu",
    "LIBDIR": "/usr/lib/x86_64-linux-gnu",
    "LIBPL": "/usr/lib/python3.9/config-3.9-x86_64-linux-gnu",
    "Py_ENABLE_SHARED": 1,
    "HAVE_GCC_ASM_FOR_X64": 1,
    "EXT_SUFFIX": ".cpython-39-x86_64-linux-gnu.so",
    "VERSION": "3.9",
}


def posed() -> dict[str, str | int]:
    return pose.posed(
        BUILD,
        interpreter=CP39,
        arch=PLATFORM.arch,
        pyconfig=pose.derived_pyconfig(PYCONFIG),
        was="x86_64-linux-gnu",
    )


def test_nothing_of_the_build_platform_is_left() -> None:
    assert "x86" not in json.dumps(posed()).replace("HAVE_GCC_ASM_FOR_X64", "").lower()


def test_no_library_of_python_is_linked() -> None:
    assert posed()["Py_ENABLE_SHARED"] == 0
    assert posed()["LDLIBRARY"] == ""


def test_its_library_folder_has_a_name_that_can_follow_an_option() -> None:
    """A bare ``-L`` takes the next word; and a libpython of the root must not lie in it."""
    assert posed()["LIBDIR"] == SYSTEMS


def test_flags_of_the_distribution_are_gone() -> None:
    assert "-g" not in str(posed()["CFLAGS"]).split()
    assert "lto" not in str(posed()["CFLAGS"])
    assert posed()["CC"] == "aarch64-linux-gnu-gcc"
    assert posed()["LDSHARED"] == "aarch64-linux-gnu-gcc -shared"


def test_keeps_what_has_nothing_to_do_with_the_platform() -> None:
    assert posed()["VERSION"] == "3.9"


def test_takes_the_values_of_the_targets_pyconfig() -> None:
    assert posed()["HAVE_GCC_ASM_FOR_X64"] == 0
    assert posed()["SIZEOF_LONG"] == 8


@pytest.mark.parametrize(
    ("python", "arch", "suffix"),
    [
        ("3.6", "aarch64", "cpython-36m-aarch64-linux-gnu"),
        ("3.9", "aarch64", "cpython-39-aarch64-linux-gnu"),
        ("3.13", "ppc64le", "cpython-313-powerpc64le-linux-gnu"),
        ("3.11", "armv7l", "cpython-311-arm-linux-gnueabihf"),
    ],
)
def test_soabi(python: str, arch: str, suffix: str) -> None:
    assert pose.soabi(Interpreter.parse(python), ARCHITECTURES[arch]) == suffix


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("#define A 1", {"A": 1}),
        ('#define B "x"', {"B": '"x"'}),
        ("/* #undef C */", {"C": 0}),
        ("# define D 1", {}),
    ],
)
def test_parse_pyconfig(line: str, found: dict[str, str | int]) -> None:
    assert pose.parse_pyconfig(line) == found


def python_says(code: str, *, path: list[Path], arch: str = "aarch64") -> str:
    env = {
        **pose.environment(ARCHITECTURES[arch]),
        "PATH": os.defpath,
        "PYTHONPATH": ":".join(map(str, path)),
    }
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True)  # noqa: PLW1510 - shown below
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.fixture
def posing(tmp_path: Path) -> Path:
    folder = tmp_path / "pose"
    folder.mkdir()
    for name, text in pose.started().items():
        (folder / name).write_text(text)
    module = pose.sysconfig_module(posed())
    (folder / f"{pose.module_name(PLATFORM.arch)}.py").write_text(module)
    return folder


def test_a_real_python_answers_as_the_targets(posing: Path) -> None:
    code = (
        "import os, platform, sysconfig as s; print(os.uname().machine, platform.machine(), "
        "s.get_platform(), s.get_config_var('EXT_SUFFIX'), s.get_config_var('CC'))"
    )
    assert python_says(code, path=[posing]) == (
        "aarch64 aarch64 linux-aarch64 .cpython-39-aarch64-linux-gnu.so aarch64-linux-gnu-gcc"
    )


def test_names_of_the_target_s_modules_are_valid_and_the_build_s_are_found(posing: Path) -> None:
    # One that no Python has built in.
    code = (
        "import importlib.machinery as m; print(m.EXTENSION_SUFFIXES[0], m.EXTENSION_SUFFIXES[1:]);"
        "import _ctypes"
    )
    version = "".join(map(str, sys.version_info[:2]))
    said = f".cpython-{version}-aarch64-linux-gnu.so ['.abi3.so', '.so']"
    assert python_says(code, path=[posing]) == said


def test_the_hidden_sitecustomize_still_runs(posing: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "sitecustomize.py").write_text("print('other')\n")
    assert python_says("pass", path=[posing, other]) == "other"


def test_archives_keep_their_modes_for_a_root_without_its_powers(
    posing: Path, tmp_path: Path
) -> None:
    code = f"""
import os, runpy, tarfile
def refused(*_, **__):
    raise PermissionError
os.geteuid, os.chown, os.lchown = (lambda: 0), refused, refused
runpy.run_path({str(posing / "sitecustomize.py")!r})
os.chdir({str(tmp_path)!r})
open("configure", "w").close()
os.chmod("configure", 0o755)
with tarfile.open("a.tar", "w") as archive:
    archive.add("configure")
with tarfile.open("a.tar") as archive:
    archive.extractall("there")
print(oct(os.stat("there/configure").st_mode)[-3:])
"""
    assert python_says(code, path=[]) == "755"


@pytest.mark.parametrize(("arch", "order"), [("ppc64le", "little"), ("s390x", "big")])
def test_bytes_are_in_the_target_s_order(posing: Path, arch: str, order: str) -> None:
    name = pose.module_name(ARCHITECTURES[arch])
    (posing / f"{name}.py").write_text(pose.sysconfig_module(posed()))
    code = "import os, sys; print(os.uname().machine, sys.byteorder)"
    assert python_says(code, path=[posing], arch=arch) == f"{arch} {order}"
