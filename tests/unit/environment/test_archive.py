from __future__ import annotations

import stat
import warnings
import zipfile
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes.wheels import make_wheel, record_line
from porter.environment import archive, open_wheel, read_wheel
from porter.errors import StepFailed

NAME = "demo-1.0-py3-none-any.whl"


def add(wheel: Path, member: zipfile.ZipInfo | str, data: bytes = b"x") -> Path:
    with zipfile.ZipFile(wheel, "a") as opened:
        opened.writestr(member, data)
    return wheel


def test_a_wheel_in_order_is_described(tmp_path: Path) -> None:
    contents = read_wheel(make_wheel(tmp_path, NAME, {"demo/__init__.py": "", "demo/a.txt": "a"}))
    assert (contents.name, str(contents.version)) == ("demo", "1.0")
    assert contents.dist_info == "demo-1.0.dist-info"
    assert contents.names[:2] == ("demo/__init__.py", "demo/a.txt")
    assert contents.is_pure


@pytest.mark.parametrize(
    "name", ["../evil", "/etc/evil", "a/../../evil", "a//b", "./a", "a\\b", "a\nb"]
)
def test_a_member_outside_of_the_folder_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(StepFailed, match="plain relative path"):
        read_wheel(add(make_wheel(tmp_path, NAME, {}), name))


@pytest.mark.parametrize("name", ["ä" * 128, "a/" * 1400 + "b"])
def test_a_name_that_no_file_can_have_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(StepFailed, match="too long for a file's name"):
        read_wheel(add(make_wheel(tmp_path, NAME, {}), name))


def test_a_symlink_is_refused(tmp_path: Path) -> None:
    link = zipfile.ZipInfo("demo/link")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with pytest.raises(StepFailed, match="neither a file nor a folder"):
        read_wheel(add(make_wheel(tmp_path, NAME, {}), link, b"/etc/passwd"))


def test_a_member_that_is_there_twice_is_refused(tmp_path: Path) -> None:
    wheel = make_wheel(tmp_path, NAME, {"demo.py": "1"})
    with pytest.warns(UserWarning, match="Duplicate"):
        add(wheel, "demo.py")
    with pytest.raises(StepFailed, match="2 times"):
        read_wheel(wheel)


def test_a_file_that_is_also_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StepFailed, match="demo is a file, yet 'demo/a'"):
        read_wheel(add(make_wheel(tmp_path, NAME, {"demo": "1"}), "demo/a"))


@pytest.mark.parametrize(
    ("limit", "value", "words"), [("MAX_MEMBERS", 3, "4 members"), ("MAX_BYTES", 50, "unpacks to")]
)
def test_a_wheel_beyond_the_limits_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str, value: int, words: str
) -> None:
    monkeypatch.setattr(archive, limit, value)
    with pytest.raises(StepFailed, match=words):
        read_wheel(make_wheel(tmp_path, NAME, {"demo.py": "1"}))


INFO = "demo-1.0.dist-info"


@pytest.mark.parametrize(
    ("record", "words"),
    [
        ("", "demo.py is not listed"),
        ("demo.py,md5=abc,1", "no hash of sha256 or better"),
        ("demo.py,,", "no hash of sha256 or better"),
        (record_line("demo.py", b"2"), "demo.py has another hash"),
        (record_line("demo.py", b"22"), "demo.py has 1 bytes, not 2"),
        (record_line("gone.py", b"1"), "gone.py is listed, but not there"),
        ("demo.py,sha256=a", "three fields"),
        ("a" * 140_000, "field larger than field limit"),
    ],
)
def test_a_record_that_disagrees_is_refused(tmp_path: Path, record: str, words: str) -> None:
    wheel = make_wheel(tmp_path, NAME, {"demo.py": "1"}, record=record)
    with pytest.raises(StepFailed) as caught:
        read_wheel(wheel)
    assert words in caught.value.context
    assert NAME in caught.value.reason


def test_the_hashes_are_looked_at_by_read_wheel_only(tmp_path: Path) -> None:
    with open_wheel(make_wheel(tmp_path, NAME, {"demo.py": "1"}, record="")) as (opened, contents):
        assert opened.read(contents.names[0]) == b"1"


def test_what_is_no_archive_is_refused(tmp_path: Path) -> None:
    path = tmp_path / NAME
    path.write_bytes(b"PK not really")
    with pytest.raises(StepFailed, match="a damaged archive"):
        read_wheel(path)


def test_an_archive_of_a_kind_that_is_not_known_is_refused(tmp_path: Path) -> None:
    path = make_wheel(tmp_path, NAME, {"demo.py": "1"})
    data = bytearray(path.read_bytes())
    for signature, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(signature) + flags] |= 0x20  # compressed patched data
    path.write_bytes(data)
    with pytest.raises(StepFailed, match="a damaged archive"):
        read_wheel(path)


@given(st.lists(st.tuples(st.integers(0, 799), st.integers(1, 255)), min_size=1, max_size=3))
def test_damage_anywhere_is_never_more_than_a_failed_step(
    tmp_path_factory: pytest.TempPathFactory, damage: list[tuple[int, int]]
) -> None:
    path = make_wheel(tmp_path_factory.getbasetemp() / "damaged", NAME, {"demo.py": "1" * 99})
    data = bytearray(path.read_bytes())
    for place, change in damage:
        data[-place % len(data)] ^= change
    path.write_bytes(data)
    with warnings.catch_warnings(), suppress(StepFailed):
        warnings.simplefilter("ignore")
        read_wheel(path)


def test_a_file_name_that_is_no_wheels_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StepFailed, match="not a valid wheel file name"):
        read_wheel(tmp_path / "demo.whl")


def test_another_projects_metadata_is_refused(tmp_path: Path) -> None:
    wheel = make_wheel(tmp_path, NAME, {}).rename(tmp_path / "other-1.0-py3-none-any.whl")
    with pytest.raises(StepFailed, match="of another project"):
        read_wheel(wheel)


def test_a_second_metadata_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StepFailed, match=r"2 \.dist-info folders"):
        read_wheel(make_wheel(tmp_path, NAME, {"x-1.dist-info/METADATA": ""}))
