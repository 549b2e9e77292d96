from __future__ import annotations

import time
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from porter.diagnose import GENERAL, KINDS, TABLE, diagnose, last_lines, rule_named
from porter.diagnose.packages import package_with

_LOGS = tomllib.loads(Path(__file__).with_name("logs.toml").read_text())["log"]
LOGS = [(entry["rule"], entry["reason"], entry["text"]) for entry in _LOGS]


@pytest.mark.parametrize(("rule", "reason", "log"), LOGS)
def test_real_logs(rule: str, reason: str, log: str) -> None:
    found = diagnose(log.encode())
    assert found is not None
    assert (found.rule.name, found.reason) == (rule, reason)
    assert found.context
    assert "{package}" not in found.hint


def test_every_rule_is_told_by_a_log() -> None:
    tried = {rule for rule, _, _ in LOGS}
    assert {rule.name for rule in (*TABLE, *GENERAL)} - tried <= {"linker-error", "permission"}


def test_names_are_unique() -> None:
    names = [kind.name for kind in KINDS]
    assert len(names) == len(set(names))
    assert rule_named("timeout") is not None
    assert (rule_named("nothing"), rule_named(None)) == (None, None)


def test_specific_before_general() -> None:
    """What tells why comes before what tells that; whichever line stands first."""
    header = "a.c:1:10: fatal error: ffi.h: No such file or directory"
    compiler = "a.c:9:1: error: unknown type name 'ffi_cif'"
    command = "error: command 'gcc' failed with exit status 1"
    for lines in ((header, compiler, command), (command, compiler, header)):
        found = diagnose("\n".join(lines).encode())
        assert found is not None
        assert found.rule.name == "missing-header"


def test_the_nearest_cause_counts() -> None:
    """A header that was looked for early and not needed is not what ended the build."""
    probe = "probe.c:1:10: fatal error: zmq.h: No such file or directory\n"
    late = "src/b.cpp:2:1: error: no such thing\n"
    found = diagnose((probe + "compiling\n" * 30 + late).encode())
    assert found is not None
    assert found.rule.name == "compiler-error"


def test_a_cause_far_from_the_end_is_found() -> None:
    log = "ld: cannot find -lfoo\n" + "still compiling others\n" * 5_000 + "make: *** Error 1\n"
    found = diagnose(log.encode())
    assert found is not None
    assert found.reason == "the library foo is missing at link time"


@pytest.mark.parametrize(
    "trial",
    [
        "_configtest.c:1:10: fatal error: cblas.h: No such file or directory",
        "conftest.c:1:10: fatal error: cblas.h: No such file or directory",
        "/build/CMakeFiles/CMakeTmp/a.c:1:10: fatal error: cblas.h: No such file or directory",
        "/tmp/tmpab.c:1:10: fatal error: cblas.h: No such file or directory",
    ],
)
def test_trials_of_a_compiler_are_no_cause(trial: str) -> None:
    found = diagnose(f"{trial}\nKeyError: 'x'\n".encode())
    assert found is not None
    assert found.rule.name == "python-error"


@pytest.mark.parametrize(
    "line",
    [
        "/tmp/tmpk3v_9x2a/build/src/a.cpp:1:10: fatal error: cblas.h: No such file or directory",
        "/tmp/ccBq2XyZ.o: cblas.c:(.text+0x10): undefined reference to `cblas_dgemm'",
    ],
)
def test_what_is_built_in_tmp_is_no_trial(line: str) -> None:
    found = diagnose(f"{line}\nsubprocess.CalledProcessError: 'ninja'\n".encode())
    assert found is not None
    assert found.rule.name in {"missing-header", "undefined-reference"}


@pytest.mark.parametrize("name", ["cmake", "./configure", "f2py3", "gcc", "protoc", "xml2-config"])
def test_a_program_is_no_file_that_a_setup_reads(name: str) -> None:
    found = diagnose(f"FileNotFoundError: [Errno 2] No such file or directory: '{name}'".encode())
    assert found is not None
    assert found.rule.name != "sdist-incomplete"


@pytest.mark.parametrize(
    "name",
    [
        *("README.md", "README.rst", "requirements/base.txt", "./requirements.txt", "VERSION"),
        *("/porter/work/src/CHANGES", "pkg/version.py", "version.cfg", "../README.md"),
    ],
)
def test_a_file_that_a_setup_reads_is_no_program(name: str) -> None:
    found = diagnose(f"FileNotFoundError: [Errno 2] No such file or directory: '{name}'".encode())
    assert found is not None
    assert found.rule.name == "sdist-incomplete"


def test_the_lines_that_matter_are_those_around_the_cause() -> None:
    lines = [f"line {number}" for number in range(60)]
    lines[40] = "a.c:1:10: fatal error: ffi.h: No such file or directory"
    found = diagnose("\n".join(lines).encode())
    assert found is not None
    assert found.context.split("\n") == lines[37:46]


def test_a_hint_names_the_package_that_is_known() -> None:
    found = diagnose(b"a.c:1:1: fatal error: ffi.h: No such file or directory\n")
    assert found is not None
    assert "(Debian: libffi-dev)" in found.hint
    assert package_with("no-such.h") is None


def test_a_library_is_known_by_the_name_of_its_file() -> None:
    for name in ("geos_c", "libgeos_c", "libgeos_c.so", "libgeos_c.so.1"):
        assert package_with(name) == "libgeos-dev"


def test_nothing_is_said_of_a_log_that_says_nothing() -> None:
    assert diagnose(b"") is None
    assert diagnose(b"compiling\nlinking\n") is None
    assert last_lines(b"\n\n") == ""


# --- a log is a stranger's ------------------------------------------------------------------------

_PIECES = st.sampled_from(
    [b"error: ", b"fatal error: ", b"\x1b[31m", b"\x1b]0;x\x07", b"\r", b"\n", b"\x00\xff", b"a.c:",
     b"1:", b"'", b"`", b".", b"/", b"-l", b"No module named ", b"undefined symbol: ", b"qemu-x: "]
)  # fmt: skip


@given(st.lists(_PIECES | st.binary(max_size=20), max_size=60).map(b"".join))
def test_what_is_shown_moves_no_cursor(log: bytes) -> None:
    found = diagnose(log)
    shown = [last_lines(log)] + ([found.reason, found.hint, found.context] if found else [])
    for text in shown:
        assert all(c == "\n" or c.isprintable() for c in text)
        assert all(len(line) <= 1_500 for line in text.split("\n"))


_HOSTILE = ["a", ".", "/", "-", "_", " ", "'", "`", "0", ":", "a.", "a/", "a ", "error: ", "ld: ",
            "1: ", "a:1:",
            "Error ", "lib", "A", "\t", "unknown ", "cc1 ", "[", "(", "\u00e9"]  # fmt: skip


@pytest.mark.parametrize("piece", _HOSTILE)
def test_every_pattern_is_linear(piece: str) -> None:
    """What is quadratic takes half a second and more for such a line."""
    line = (piece * 20_000)[:20_000]
    for rule in (*TABLE, *GENERAL):
        for pattern in rule.patterns:
            started = time.process_time()
            pattern.search(line)
            assert time.process_time() - started < 0.2, (rule.name, pattern.pattern)


def test_a_huge_log_takes_bounded_time() -> None:
    log = (b"compiling something/or/other.c with -O2 -DX=1 and many more flags of all kinds\n") * (
        1 << 19
    )
    started = time.process_time()
    assert diagnose(log) is None
    assert diagnose(b"x" * len(log)) is None
    assert time.process_time() - started < 10
