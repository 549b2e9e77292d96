from __future__ import annotations

import io
import os
import zipfile
from pathlib import Path

import pytest

from fakes.elves import make_elf
from fakes.wheels import make_wheel
from porter.errors import StepFailed
from porter.repair import searchpaths
from porter.repair.elf import read_linked
from porter.repair.reach import Linked
from porter.repair.searchpaths import Led, Tree, lead, within

RAW = "demo-1.0-cp39-cp39-linux_aarch64.whl"


@pytest.fixture
def work(tmp_path: Path) -> Path:
    (tmp_path / "work").mkdir()
    return tmp_path / "work"


@pytest.fixture
def patchelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A patchelf that notes what it is asked for and writes it into the file."""
    program = tmp_path / "bin" / "patchelf"
    program.parent.mkdir()
    program.write_text('#!/bin/sh\nfor file; do :; done\necho "$@" > "$file"\n')
    program.chmod(0o755)
    path = os.pathsep.join((str(program.parent), os.defpath))
    monkeypatch.setattr(searchpaths, "environment", lambda *_: {"PATH": path})
    return program


def test_a_wheel_with_nothing_to_change_is_left_alone(tmp_path: Path, work: Path) -> None:
    files: dict[str, bytes | str] = {
        "demo/a.so": make_elf(runpath="$ORIGIN/../demo.libs", needed=["libc.so.6"]),
        "b.so": make_elf(),
        "c.py": "",
    }
    wheel = make_wheel(tmp_path, RAW, files)
    assert lead(wheel, work) == Led(wheel)


def test_data_is_left_as_it_is(tmp_path: Path, work: Path) -> None:
    wheel = make_wheel(tmp_path, RAW, {"demo/cbc": make_elf(machine=62, runpath="/usr/lib")})
    assert lead(wheel, work, data={"demo/cbc"}) == Led(wheel)


def test_foreign_folders_are_taken_out_and_told(tmp_path: Path, work: Path, patchelf: Path) -> None:
    del patchelf
    files: dict[str, bytes | str] = {
        "a.so": make_elf(runpath="/tmp/build:$ORIGIN/x:/porter/sysroot/usr/lib"),
        "b.so": make_elf(runpath="/usr/lib"),
        "c.py": "x = 1",
        "d.so": make_elf()[:90],
    }
    wheel = make_wheel(tmp_path, RAW, files)
    led = lead(wheel, work)
    assert led.foreign == {"/tmp/build", "/porter/sysroot/usr/lib", "/usr/lib"}
    with zipfile.ZipFile(led.wheel) as archive, zipfile.ZipFile(wheel) as raw:
        assert archive.read("a.so").startswith(b"--set-rpath $ORIGIN/x ")
        assert archive.read("b.so").startswith(b"--remove-rpath ")
        assert archive.namelist() == raw.namelist()
        for name in ("c.py", "d.so"):
            assert archive.read(name) == raw.read(name)


def test_modules_are_led_to_the_libraries_beside_them(
    tmp_path: Path, work: Path, patchelf: Path
) -> None:
    del patchelf
    files: dict[str, bytes | str] = {
        "demo/_a.so": make_elf(runpath="/tmp/build", needed=["libown.so.2", "libc.so.6"]),
        "demo/lib/libown.so.2": make_elf(needed=["libc.so.6"]),
    }
    led = lead(make_wheel(tmp_path, RAW, files), work)
    assert led.foreign == {"/tmp/build"}
    assert led.libraries is None
    with zipfile.ZipFile(led.wheel) as archive:
        assert archive.read("demo/_a.so").startswith(b"--set-rpath $ORIGIN/lib ")
        assert archive.read("demo/lib/libown.so.2") == files["demo/lib/libown.so.2"]


def test_libraries_no_path_leads_to_are_set_out(tmp_path: Path, work: Path) -> None:
    library = make_elf(needed=["libc.so.6"])
    files: dict[str, bytes | str] = {
        "demo/_a.so": make_elf(needed=["libown.so.2"]),
        "demo-1.0.data/data/lib/libown.so.2": library,
        "demo-1.0.data/data/lib/libelse.so": make_elf(),
    }
    wheel = make_wheel(tmp_path, RAW, files)
    led = lead(wheel, work)
    assert led.wheel == wheel
    assert led.libraries is not None
    assert {f.name: f.read_bytes() for f in led.libraries.iterdir()} == {"libown.so.2": library}


def test_libraries_that_the_build_left_in_its_tree_are_set_out(
    tmp_path: Path, work: Path, patchelf: Path
) -> None:
    del patchelf
    tree, outside = tmp_path / "src", tmp_path / "libout.so"
    (tree / "build/lib").mkdir(parents=True)
    inner = make_elf(runpath="/work/src/build/lib", needed=["libb.so", "libc.so.6"])
    (tree / "build/liba.so").write_bytes(inner)
    (tree / "build/lib/libb.so").write_bytes(make_elf())
    (tree / "build/libtext.so").write_text("INPUT(liba.so)")
    outside.write_bytes(make_elf())
    (tree / "build/libout.so").symlink_to(outside)
    needed = ["liba.so", "libout.so", "libtext.so", "../build/lib/libb.so", "libelse.so"]
    paths = "/work/src/build:/work/src/../..:/elsewhere"
    wheel = make_wheel(tmp_path, RAW, {"_x.so": make_elf(runpath=paths, needed=needed)})
    led = lead(wheel, work, Tree(tree, "/work/src"))
    assert led.libraries is not None
    found = {file.name: file.read_bytes() for file in led.libraries.iterdir()}
    assert sorted(found) == ["liba.so", "libb.so"]
    assert found["liba.so"].startswith(b"--remove-rpath ")


def test_ways_out_of_site_packages_are_taken_out(
    tmp_path: Path, work: Path, patchelf: Path
) -> None:
    del patchelf
    climbing = "$ORIGIN/../../../../../../host/lib"
    wheel = make_wheel(tmp_path, RAW, {"demo/a.so": make_elf(runpath=f"{climbing}:$ORIGIN/..")})
    led = lead(wheel, work)
    assert led.foreign == {climbing}
    with zipfile.ZipFile(led.wheel) as archive:
        assert archive.read("demo/a.so").startswith(b"--set-rpath $ORIGIN/.. ")


def test_libraries_linked_by_a_path_are_found_by_name(
    tmp_path: Path, work: Path, patchelf: Path
) -> None:
    del patchelf
    tree = tmp_path / "src"
    (tree / "build").mkdir(parents=True)
    (tree / "build/liba.so").write_bytes(make_elf(needed=["build/libb.so"]))
    (tree / "build/libb.so").write_bytes(make_elf())
    files: dict[str, bytes | str] = {
        "demo/_x.so": make_elf(needed=["demo/libown.so", "/work/src/build/liba.so"]),
        "demo/libown.so": make_elf(),
    }
    led = lead(make_wheel(tmp_path, RAW, files), work, Tree(tree, "/work/src"))
    assert led.foreign == {"demo", "/work/src/build"}
    with zipfile.ZipFile(led.wheel) as archive:
        assert archive.read("demo/_x.so").startswith(
            b"--set-rpath $ORIGIN --replace-needed demo/libown.so libown.so "
            b"--replace-needed /work/src/build/liba.so liba.so "
        )
    assert led.libraries is not None
    found = {file.name: file.read_bytes() for file in led.libraries.iterdir()}
    assert sorted(found) == ["liba.so", "libb.so"]
    assert found["liba.so"].startswith(b"--replace-needed build/libb.so libb.so ")


def test_a_patchelf_that_fails_is_told(tmp_path: Path, work: Path, patchelf: Path) -> None:
    patchelf.write_text("#!/bin/sh\necho no room >&2; exit 1\n")
    wheel = make_wheel(tmp_path, RAW, {"a.so": make_elf(runpath="/usr/lib")})
    with pytest.raises(StepFailed, match="no room"):
        lead(wheel, work)


def test_a_patchelf_that_does_not_end_is_told(
    tmp_path: Path, work: Path, patchelf: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    patchelf.write_text("#!/bin/sh\nexec sleep 30\n")
    monkeypatch.setattr(searchpaths, "SECONDS", 0.05)
    wheel = make_wheel(tmp_path, RAW, {"a.so": make_elf(runpath="/usr/lib")})
    with pytest.raises(StepFailed, match="patchelf did not end"):
        lead(wheel, work)


def test_paths_longer_than_a_command_line_are_told(tmp_path: Path, work: Path) -> None:
    paths = ":".join(("/usr/lib", *(f"$ORIGIN/{number}" for number in range(20_000))))
    wheel = make_wheel(tmp_path, RAW, {"demo/a.so": make_elf(runpath=paths)})
    with pytest.raises(StepFailed, match="patchelf cannot be given paths"):
        lead(wheel, work)


def test_what_no_file_can_be_called_is_nowhere_in_the_tree(tmp_path: Path) -> None:
    tree = tmp_path / "src"
    tree.mkdir()
    (tree / "loop.so").symlink_to("loop.so")
    assert [Tree(tree, "/src").find(name, ["/src"]) for name in ("a" * 300, "loop.so")] == [
        None
    ] * 2
    assert within(tree, tree / ("a" * 300)) is None


def test_a_damaged_file_asks_for_nothing() -> None:
    whole = make_elf(runpath="/a:$ORIGIN", needed=["libb.so"])
    assert read_linked(io.BytesIO(whole)) == Linked(("libb.so",), ("/a", "$ORIGIN"))
    assert read_linked(io.BytesIO(whole[:100])) == Linked()
