from __future__ import annotations

import platform
from pathlib import Path

import pytest

from porter.engine.binfmt import Entry, parse, supported
from porter.model import ARCHITECTURES

AARCH64 = """enabled
interpreter /usr/libexec/qemu-binfmt/aarch64-binfmt-P
flags: POF
offset 0
magic 7f454c460201010000000000000000000200b700
mask ffffffffffffff00fffffffffffffffffeffffff
"""
S390X = """enabled
interpreter /usr/bin/qemu-s390x-static
flags: F
offset 0
magic 7f454c4602020100000000000000000000020016
mask ffffffffffffff00fffffffffffffffffffeffff
"""
FOREIGN = next(a for a in ARCHITECTURES.values() if a.name != platform.machine())


def test_an_entry_is_read() -> None:
    interpreter = "/usr/libexec/qemu-binfmt/aarch64-binfmt-P"
    assert parse(AARCH64) == Entry(enabled=True, interpreter=interpreter, flags="POF", machine=183)


def test_big_endian_machines_are_read() -> None:
    assert parse(S390X).machine == 22


@pytest.mark.parametrize(
    "text", ["enabled\ninterpreter /usr/bin/wine\nflags: \noffset 0\nmagic 4d5a\n", "disabled\n"]
)
def test_entries_for_other_files_have_no_machine(text: str) -> None:
    assert parse(text).machine is None


def registry(folder: Path, status: str, **entries: str) -> Path:
    (folder / "status").write_text(status)
    (folder / "register").touch(mode=0o200)
    for name, text in entries.items():
        (folder / name).write_text(text)
    return folder


@pytest.mark.parametrize(
    ("status", "text", "expected"),
    [
        ("enabled\n", AARCH64, True),
        ("disabled\n", AARCH64, False),
        ("enabled\n", AARCH64.replace("enabled", "disabled"), False),
        ("enabled\n", AARCH64.replace("POF", "OC"), False),
        ("enabled\n", S390X, False),
    ],
)
def test_support_needs_an_enabled_fixed_entry(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    status: str,
    text: str,
    expected: bool,  # noqa: FBT001 - data
) -> None:
    monkeypatch.setattr(platform, "machine", lambda: "x86_64")
    folder = registry(tmp_path, status, whatever=text)
    assert supported(ARCHITECTURES["aarch64"], registry=folder) is expected


def test_without_a_registry_only_the_own_architecture_is_supported(tmp_path: Path) -> None:
    native = ARCHITECTURES[platform.machine()]
    assert supported(native, registry=tmp_path / "none")
    assert not supported(FOREIGN, registry=tmp_path / "none")
