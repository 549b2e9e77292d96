from __future__ import annotations

import random
import zipfile
import zlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fakes.wheels import make_wheel
from porter.environment import read_wheel
from porter.repair.canonical import write_canonical

NAME = "demo-1-py3-none-any.whl"
STAMP = 1591228800
FILES = st.dictionaries(
    st.from_regex(r"[a-z]{1,4}(/[a-z]{1,4}\.py)?", fullmatch=True),
    st.binary(max_size=50),
    max_size=6,
)


def jumbled(wheel: Path, out: Path, seed: int) -> Path:
    """The same content as another build may leave it: order, times and RECORD's lines differ."""
    order = random.Random(seed)  # noqa: S311  # no secrets here
    with zipfile.ZipFile(wheel) as source, zipfile.ZipFile(out, "w") as target:
        names = source.namelist()
        order.shuffle(names)
        for name in names:
            data = source.read(name)
            if name.endswith("/RECORD"):
                lines = data.splitlines(keepends=False)
                order.shuffle(lines)
                data = b"\r\n".join(lines)
            date = (2000 + order.randrange(20), 1, 1, 0, 0, 0)
            info = zipfile.ZipInfo(name, date)
            info.external_attr = order.choice([0o100644, 0o100664, 0o100600]) << 16
            target.writestr(info, data)
    return out


@settings(max_examples=30, deadline=None)
@given(FILES, st.integers(0, 9))
def test_one_content_gives_one_file(
    tmp_path_factory: object, files: dict[str, bytes], seed: int
) -> None:
    folder = Path(tmp_path_factory.mktemp("w"))  # type: ignore[attr-defined]  # pytest's own
    wheel = make_wheel(folder / "a", NAME, files)
    other = jumbled(wheel, folder / NAME, seed)
    made = []
    for number, source in enumerate((wheel, other)):
        out = folder / str(number) / NAME
        out.parent.mkdir()
        write_canonical(source, out, timestamp=STAMP)
        made.append(out.read_bytes())
    assert made[0] == made[1]


def test_it_is_the_same_wheel_in_order(tmp_path: Path) -> None:
    files = {"b.py": "2", "a.py": "1", "demo-1.dist-info/a": "x"}
    wheel = make_wheel(tmp_path / "raw", NAME, files)
    out = tmp_path / NAME
    write_canonical(wheel, out, timestamp=STAMP)
    assert sorted(read_wheel(out).names) == sorted(read_wheel(wheel).names)
    with zipfile.ZipFile(out) as archive:
        assert archive.testzip() is None
        names = archive.namelist()
        assert names[:2] == ["a.py", "b.py"]
        assert names[-1] == "demo-1.dist-info/RECORD"
        assert {info.date_time for info in archive.infolist()} == {(2020, 6, 4, 0, 0, 0)}
        assert archive.read("b.py") == b"2"


def test_what_may_be_executed_still_may(tmp_path: Path) -> None:
    wheel = tmp_path / NAME
    with zipfile.ZipFile(wheel, "w") as archive:
        for name, mode in (("x.data/scripts/run", 0o100775), ("a.py", 0o100664)):
            info = zipfile.ZipInfo(name)
            info.external_attr = mode << 16
            archive.writestr(info, "")
    out = tmp_path / "out.whl"
    write_canonical(wheel, out, timestamp=STAMP)
    with zipfile.ZipFile(out) as archive:
        modes = {info.filename: info.external_attr >> 16 & 0o777 for info in archive.infolist()}
    assert modes == {"x.data/scripts/run": 0o755, "a.py": 0o644}


@settings(max_examples=30, deadline=None)
@given(FILES, st.sets(st.sampled_from("abc")))
def test_a_part_with_the_rest_is_the_whole(
    tmp_path_factory: object, files: dict[str, bytes], parted: set[str]
) -> None:
    folder = Path(tmp_path_factory.mktemp("w"))  # type: ignore[attr-defined]  # pytest's own
    whole = make_wheel(folder / "whole", NAME, files)
    chosen = {name: data for name, data in files.items() if name[0] in parted}
    part = make_wheel(folder / "part", NAME, chosen)
    write_canonical(whole, folder / "a.whl", timestamp=STAMP)
    write_canonical(part, folder / "b.whl", timestamp=STAMP, rest=whole)
    assert (folder / "a.whl").read_bytes() == (folder / "b.whl").read_bytes()


def test_what_both_have_is_the_part_s(tmp_path: Path) -> None:
    whole = make_wheel(tmp_path / "whole", NAME, {"a.so": "old", "b.txt": "b"}, metadata="A: 1\n")
    part = make_wheel(tmp_path / "part", NAME, {"a.so": "new", "lib.so": "grafted"})
    out = tmp_path / NAME
    write_canonical(part, out, timestamp=STAMP, rest=whole)
    names = read_wheel(out).names
    assert names[:3] == ("a.so", "b.txt", "lib.so")
    with zipfile.ZipFile(out) as archive:
        assert archive.read("a.so") == b"new"
        assert b"A: 1" not in archive.read("demo-1.dist-info/METADATA")


def test_a_file_name_with_a_line_break_leaves_record_as_it_is(tmp_path: Path) -> None:
    record = 'b.py,,\n"a\nb.py",,\n'
    wheel = make_wheel(tmp_path / "raw", NAME, {"b.py": ""}, record=record)
    out = tmp_path / NAME
    write_canonical(wheel, out, timestamp=STAMP)
    with zipfile.ZipFile(out) as archive:
        assert archive.read("demo-1.dist-info/RECORD").decode() == record


def test_it_is_written_as_zipfile_would_write_it(tmp_path: Path) -> None:
    """Members are compressed beside each other, so that zipfile only writes the archive's end."""
    noise = random.Random(1).randbytes(3 << 20)  # noqa: S311  # no secrets here
    few: dict[str, bytes | str] = {"\u00e9.py": "x", "large.bin": noise, "empty.py": ""}
    wheel = make_wheel(tmp_path / "raw", NAME, few | {f"{n}.py": "y" * n for n in range(100)})
    out = tmp_path / NAME
    write_canonical(wheel, out, timestamp=STAMP)
    own = tmp_path / "own.whl"
    with zipfile.ZipFile(out) as made, zipfile.ZipFile(own, "w", zipfile.ZIP_DEFLATED) as target:
        assert made.read("large.bin") == noise
        for member in made.infolist():
            copy = zipfile.ZipInfo(member.filename, member.date_time)
            copy.external_attr = member.external_attr
            target.writestr(copy, made.read(member), zipfile.ZIP_DEFLATED)
    assert out.read_bytes() == own.read_bytes()
    assert sorted(tmp_path.iterdir()) == sorted((out, own, tmp_path / "raw"))


def test_a_damaged_member_is_told(tmp_path: Path) -> None:
    wheel = make_wheel(tmp_path / "raw", NAME, {"a.py": "0123456789" * 9})
    data = bytearray(wheel.read_bytes())
    place = data.index(b"a.py") + len("a.py")
    data[place + 2] ^= 0xFF
    wheel.write_bytes(data)
    with pytest.raises((zipfile.BadZipFile, zlib.error)):
        write_canonical(wheel, tmp_path / NAME, timestamp=STAMP)
