from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from porter.errors import StepFailed
from porter.model import Policy
from porter.repair import auditwheel

TRACEBACK = """Traceback (most recent call last):
  File "main.py", line 1, in <module>
"""


NO_LIBC = f"{TRACEBACK}InvalidLibcError: couldn't detect libc for python extension preshed/maps.so"
NOT_FOUND = f"""{TRACEBACK}ValueError: Cannot repair wheel, because required \
library "libhdf5.so.103" could not be located"""
PURELIB = f"""{TRACEBACK}RuntimeError: Invalid binary wheel, found the following shared \
library/libraries in purelib folder:
\ta.so
The wheel has to be platlib compliant"""
TOO_RECENT = """auditwheel: error: cannot repair "x.whl" to "manylinux_2_41_aarch64" ABI because \
of the presence of too-recent versioned symbols. You'll need to compile"""


@pytest.mark.parametrize(
    ("output", "reason"),
    [
        (NO_LIBC, "preshed/maps.so names no C library"),
        (NOT_FOUND, "it needs libhdf5.so.103, which is in none"),
        (PURELIB, "a.so lies in its purelib folder"),
        (TOO_RECENT, "newer than every manylinux policy"),
        (f"{TRACEBACK}KeyError: 'new'\n", "auditwheel: KeyError: 'new'"),
        ("\n", "without a word"),
    ],
)
def test_reasons(output: str, reason: str) -> None:
    assert reason in auditwheel.explain(output)


def test_the_callers_environment_is_not_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AUDITWHEEL_PLAT", "manylinux2014_aarch64")
    monkeypatch.setenv("LD_LIBRARY_PATH", "/usr/lib")
    seen = auditwheel.environment(tmp_path, 315532800)
    assert set(seen) == {"PATH", "HOME", "TMPDIR", "LANG", "SOURCE_DATE_EPOCH"}
    assert seen["PATH"].split(os.pathsep)[0] == str(Path(sys.prefix) / "bin")


def test_a_refusal_is_a_failed_step(tmp_path: Path) -> None:
    with pytest.raises(StepFailed, match=r"no-1-py3-none-any\.whl: auditwheel: .*No such file"):
        auditwheel.repair(
            tmp_path / "no-1-py3-none-any.whl", ldpaths=(), work=tmp_path, timestamp=315532800
        )


@pytest.mark.parametrize(
    ("library", "left"),
    [
        ("libc.so.6", True),
        ("libz.so.1", True),
        ("ld-linux-aarch64.so.1", True),
        ("ld64.so.1", True),
        ("libc.musl-aarch64.so.1", False),
        ("libssl.so.3", False),
    ],
)
def test_what_every_system_of_a_policy_has(library: str, *, left: bool) -> None:
    assert auditwheel.is_left_to_the_system(library, Policy((2, 17))) is left
    assert auditwheel.is_left_to_the_system(library, Policy((2, 36))) is left


def test_what_newer_systems_alone_have() -> None:
    policies = (Policy((2, 17)), Policy((2, 24)))
    assert [auditwheel.is_left_to_the_system("libmvec.so.1", p) for p in policies] == [False, True]
