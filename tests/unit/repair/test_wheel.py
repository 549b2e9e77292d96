from __future__ import annotations

import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from fakes.elves import ET_EXEC, ET_REL, HIDDEN, LOCAL, X86_64, Symbol, make_elf
from fakes.wheels import make_wheel
from porter.environment import open_wheel, read_wheel
from porter.errors import ImageError, StepFailed
from porter.model import Platform
from porter.repair import Repaired, canonical_name, graft, keep, repair
from porter.repair.inspection import Inspection, Wanted
from porter.repair.searchpaths import Led
from porter.repair.wheel import raising

MANYLINUX2014 = Platform.parse("aarch64", "manylinux2014")
RAW = "demo-1.0-cp39-cp39-linux_aarch64.whl"


def repaired(raw: Path, sysroot: Path | None = None, sdist: Path | None = None) -> Repaired:
    folder = raw.parent
    return repair(
        raw,
        platform=MANYLINUX2014,
        sysroot=sysroot,
        work=folder / "work",
        out=folder / "out",
        sdist=sdist,
    )


def refusal(raw: Path) -> StepFailed:
    with pytest.raises(StepFailed) as caught:
        repaired(raw)
    assert not (raw.parent / "out").exists()
    return caught.value


def test_a_pure_wheel_is_passed_on(tmp_path: Path) -> None:
    raw = make_wheel(tmp_path, "demo-1.0-py3-none-any.whl", {"demo.py": ""})
    result = repaired(raw)
    assert result.wheel == tmp_path / "out" / raw.name
    assert read_wheel(result.wheel).names[0] == "demo.py"
    assert result.policy is None
    assert result.size_before == raw.stat().st_size
    assert result.size_after == result.wheel.stat().st_size
    assert not list((tmp_path / "work").iterdir())


def test_a_wheel_for_every_platform_has_nothing_compiled(tmp_path: Path) -> None:
    failure = refusal(make_wheel(tmp_path, "demo-1.0-py3-none-any.whl", {"a.so": make_elf()}))
    assert "named for every platform" in failure.reason
    assert "a.so" in failure.context


def test_a_wheel_for_every_platform_may_carry_what_its_source_has(tmp_path: Path) -> None:
    program = make_elf(machine=X86_64, kind=ET_EXEC)
    raw = make_wheel(
        tmp_path, "demo-1.0-py3-none-any.whl", {"demo/cbc": program, "demo/b": program}
    )
    with zipfile.ZipFile(tmp_path / "demo-1.0.zip", "w") as sdist:
        sdist.writestr("demo-1.0/src/cbc", program)
    result = repaired(raw, sdist=tmp_path / "demo-1.0.zip")
    assert result.wheel.name == raw.name
    (warning,) = result.warnings
    assert warning.startswith("not built but in the source as it is, for x86_64 (64 bits")
    assert warning.endswith(": demo/cbc, demo/b")


def test_a_platforms_wheel_has_something_compiled(tmp_path: Path) -> None:
    assert "lost its extension modules" in refusal(make_wheel(tmp_path, RAW, {"a.py": ""})).reason


def test_a_module_named_for_the_build_platform_is_named_for_the_target(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def made(wheel: Path, *, work: Path, **_: object) -> Path:
        with open_wheel(wheel) as (archive, contents):
            files = {name: archive.read(name) for name in contents.names if name.endswith(".so")}
        return make_wheel(work / "out", RAW.replace("linux", "manylinux_2_17"), files)

    monkeypatch.setattr("porter.repair.wheel.auditwheel.repair", made)
    named = "a.cpython-39-{}-linux-gnu.so"
    result = repaired(make_wheel(tmp_path, RAW, {named.format("x86_64"): make_elf()}))
    assert read_wheel(result.wheel).names[0] == named.format("aarch64")
    assert not result.grafted


def test_a_wheel_named_for_the_build_platform_is_refused(tmp_path: Path) -> None:
    name = RAW.replace("aarch64", "x86_64")
    failure = refusal(make_wheel(tmp_path, name, {"a.so": make_elf()}))
    assert "named it for linux_x86_64, not for aarch64" in failure.reason


def test_all_problems_of_all_files_are_told_at_once(tmp_path: Path) -> None:
    files = {
        "x86.so": make_elf(machine=X86_64),
        "shadow.so": make_elf(symbols=[Symbol("logl", LOCAL, HIDDEN)]),
        "stack.so": make_elf(stack=7),
        "new.so": make_elf(
            dynamic=[Symbol("pow", defined=False, version=2)],
            required={2: ("libm.so.6", "GLIBC_2.29")},
        ),
        "damaged.so": make_elf()[:200],
        "fine.so": make_elf(),
        "lib.a": b"!<arch>\n"
        + f"{'b.o/':<16}{0:<12}{0:<6}{0:<6}{644:<8}{20:<10}`\n".encode()
        + make_elf(kind=ET_REL, machine=X86_64)[:20],
    }
    failure = refusal(make_wheel(tmp_path, RAW, files))
    expected = {
        "x86.so": "is for x86_64",
        "shadow.so": "defines logl",
        "stack.so": "executable stack",
        "damaged.so": "a damaged ELF file",
        "lib.a": "(b.o): is for x86_64",
        "new.so": "needs pow@GLIBC_2.29 of libm.so.6, newer than manylinux2014",
    }
    lines = dict(zip(expected, failure.context.splitlines(), strict=True))
    for name, words in expected.items():
        assert lines[name].startswith(name)
        assert words in lines[name]
    assert failure.reason.endswith("(and 5 more problems)")
    assert failure.rule == "unfit-binary"


def test_what_is_only_too_new_is_told_as_that(tmp_path: Path) -> None:
    """A root's own gcc links against that root's glibc, which a newer policy allows."""
    elf = make_elf(
        dynamic=[Symbol("getentropy", defined=False, version=2)],
        required={2: ("libc.so.6", "GLIBC_2.25")},
    )
    failure = refusal(make_wheel(tmp_path, RAW, {"a.so": elf}))
    assert failure.rule == "too-new-symbol"
    assert "a.so: needs getentropy@GLIBC_2.25 of libc.so.6" in failure.reason


OWN = Inspection(("a.so",), (), (), versions=(Wanted("a.so", "GCC", "GCC_3.0", "libgcc_s.so.1"),))
GRAFTED = "a.libs/libsnappy.so.1"


@pytest.mark.parametrize(
    ("own", "grafted", "newer", "because"),
    [
        ("", "GLIBCXX_3.4.21", "", ["libsnappy.so.1"]),
        ("GLIBCXX_3.4.9", "GLIBCXX_3.4.21", "", ["libsnappy.so.1"]),
        # A build by the root's own gcc, whose libstdc++ is too new for the policy.
        ("GLIBCXX_3.4.21", "GLIBCXX_3.4.21", "", []),
        ("", "GLIBC_2.17", f"{GRAFTED}: needs pow@GLIBC_2.29 of libm.so.6", ["libsnappy.so.1"]),
        ("", "GLIBC_2.17", "", []),
    ],
)
def test_grafted_libraries_raise_the_policy(
    own: str, grafted: str, newer: str, because: list[str]
) -> None:
    def wanted(file: str, version: str) -> Wanted:
        return Wanted(file, version.partition("_")[0], version, "libstdc++.so.6")

    before = replace(OWN, versions=(*OWN.versions, *([wanted("a.so", own)] if own else [])))
    after = replace(
        before,
        elves=("a.so", GRAFTED),
        versions=(*before.versions, wanted(GRAFTED, grafted)),
        newer=(newer,) if newer else (),
    )
    assert list(raising(before, after)) == because


def test_a_layout_for_small_pages_is_refused(tmp_path: Path) -> None:
    failure = refusal(make_wheel(tmp_path, RAW, {"a.so": make_elf(load=(0, 0, 0x1000))}))
    assert "laid out for pages of 4096 bytes; kernels of aarch64" in failure.reason


def test_a_library_that_nobody_brings_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files: dict[str, bytes | str] = {
        "demo/_a.so": make_elf(needed=["libown.so", "libc.so.6", "ld-linux-aarch64.so.1"]),
        "demo/libown.so": make_elf(needed=["libc.musl-aarch64.so.1"]),
    }
    made = make_wheel(tmp_path / "made", RAW.replace("linux", "manylinux2014"), files)
    monkeypatch.setattr("porter.repair.wheel.auditwheel.repair", lambda *_, **__: made)
    monkeypatch.setattr("porter.repair.wheel.lead", lambda wheel, *_, **__: Led(wheel))
    failure = refusal(make_wheel(tmp_path, RAW, files))
    assert failure.rule == "unfit-binary"
    assert failure.context == (
        "demo/libown.so: needs libc.musl-aarch64.so.1, "
        "which is neither in the wheel nor part of manylinux2014"
    )


def test_a_sysroot_whose_library_is_damaged_is_an_image_error(tmp_path: Path) -> None:
    raw = make_wheel(tmp_path, RAW, {"a.so": make_elf()})
    (tmp_path / "root/lib").mkdir(parents=True)
    for name in ("libm.so.6", "libc.so.6"):
        (tmp_path / "root/lib" / name).write_text("/* GNU ld script */")
    with pytest.raises(ImageError, match="damaged"):
        repaired(raw, tmp_path / "root")


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        (
            "a-1-cp39-cp39-manylinux_2_17_aarch64.manylinux2014_aarch64.whl",
            "a-1-cp39-cp39-manylinux2014_aarch64.manylinux_2_17_aarch64.whl",
        ),
        ("a-1-2-cp39-abi3-linux_aarch64.whl", "a-1-2-cp39-abi3-linux_aarch64.whl"),
    ],
)
def test_one_set_of_tags_has_one_name(written: str, canonical: str) -> None:
    assert canonical_name(written) == canonical


def redated(wheel: Path, year: int) -> Path:
    """The same wheel, written in another year."""
    with zipfile.ZipFile(wheel) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(wheel, "w") as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name, (year, 1, 1, 0, 0, 0)), content)
    return wheel


def test_what_is_kept_as_it_was_built_has_one_form(tmp_path: Path) -> None:
    name = "demo-1.0-cp39-cp39-linux_x86_64.whl"
    raws = [
        redated(make_wheel(tmp_path / str(year), name, {"demo.py": ""}), year)
        for year in (2020, 2021)
    ]
    assert raws[0].read_bytes() != raws[1].read_bytes()
    kept = [keep(raw, out=raw.parent / "out", timestamp=1_591_228_800) for raw in raws]
    assert kept[0].read_bytes() == kept[1].read_bytes()


def test_what_is_kept_is_a_whole_archive(tmp_path: Path) -> None:
    raw = tmp_path / "demo-1.0-cp39-cp39-linux_x86_64.whl"
    raw.write_bytes(b"no archive")
    with pytest.raises(StepFailed, match="damaged"):
        keep(raw, out=tmp_path / "out", timestamp=0)


def test_what_runs_elsewhere_takes_its_libraries_along(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[Path, ...]] = []

    def made(wheel: Path, *, ldpaths: tuple[Path, ...], work: Path, timestamp: int) -> Path:
        assert timestamp == 1_591_228_800
        asked.append(ldpaths)
        return work / f"repaired-{wheel.name}"

    def led(wheel: Path, work: Path) -> Led:
        assert not list(work.iterdir())
        return Led(wheel.with_name("led.whl"), frozenset({"/usr/lib/hdf5", "/gone"}), work)

    monkeypatch.setattr("porter.repair.wheel.auditwheel.repair", made)
    monkeypatch.setattr("porter.repair.wheel.lead", led)
    (tmp_path / "root/usr/lib/aarch64-linux-gnu").mkdir(parents=True)
    (tmp_path / "root/usr/lib/hdf5").mkdir()

    def grafted(raw: Path) -> Path:
        return graft(
            raw,
            platform=MANYLINUX2014,
            sysroot=tmp_path / "root",
            work=tmp_path / "work",
            timestamp=1_591_228_800,
        )

    pure = make_wheel(tmp_path, "demo-1.0-py3-none-any.whl", {"demo.py": ""})
    assert grafted(pure) == pure
    assert not asked
    raw = make_wheel(tmp_path, RAW, {"a.so": make_elf()})
    assert grafted(raw) == tmp_path / "work/repaired-led.whl"
    root = tmp_path / "root/usr/lib"
    (ldpaths,) = asked
    assert ldpaths[:2] == (tmp_path / "work/paths", root / "aarch64-linux-gnu")
    assert ldpaths[-1] == root / "hdf5"
