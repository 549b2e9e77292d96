from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import pytest

import cases
from cases import Case, Ending, Kept, glibc_of, remembered, troubles, whole_lists, write_whole_lists

CASE = Case("demo==1", ("3.9",), "something", modules=("demo._demo",))
WHEEL = "demo-1-cp39-cp39-manylinux2014_aarch64.manylinux_2_17_aarch64.whl"


def port(outcome: str = "built", **changed: Any) -> dict[str, Any]:
    given = {
        "id": "demo==1@cp39",
        "outcome": outcome,
        "wheel": f"wheelhouse/{WHEEL}",
        "sha256": "a",
        "verified": "import",
        "reason": "it broke",
    }
    return {**given, **changed}


def result(*ports: dict[str, Any], code: int = 0) -> dict[str, Any]:
    return {"exit": code, "seconds": 1.0, "ports": list(ports), "said": "no index answers"}


@pytest.fixture
def wheels(tmp_path: Path) -> Path:
    with zipfile.ZipFile(tmp_path / WHEEL, "w") as archive:
        archive.writestr("demo/_demo.cpython-39-aarch64-linux-gnu.so", "")
    return tmp_path


def test_the_file_is_whole() -> None:
    known = cases.cases()
    assert len({case.title for case in known}) == len(known) > 20
    assert all(case.shows for case in known)


def test_what_is_as_promised_has_no_trouble(wheels: Path) -> None:
    assert list(troubles(CASE, result(port()), wheels)) == []


@pytest.mark.parametrize(
    ("found", "trouble"),
    [
        (result(port("failed"), code=1), "demo==1@cp39 failed: it broke"),
        (result(port(), code=1), "exit status 1"),
        (result(code=4), "no index answers"),
        (result(port(verified="none")), "demo==1@cp39 verified: none"),
        (result(port(), port()), "demo is there for 2 of 1 interpreters"),
    ],
)
def test_what_is_not_is_told(wheels: Path, found: dict[str, Any], trouble: str) -> None:
    assert trouble in list(troubles(CASE, found, wheels))


def test_a_wheel_is_looked_into(wheels: Path) -> None:
    newer = "demo-1-cp39-cp39-manylinux_2_31_aarch64.whl"
    with zipfile.ZipFile(wheels / newer, "w"):
        pass
    found = list(troubles(CASE, result(port(wheel=f"wheelhouse/{newer}")), wheels))
    assert found == [f"{newer} asks for glibc 2.31", f"{newer} lacks demo._demo"]


def test_glibc_is_that_of_the_oldest_tag() -> None:
    assert glibc_of(WHEEL) == (2, 17)
    assert glibc_of("demo-1-py3-none-any.whl") == (0,)


def test_what_is_only_looked_up_keeps_its_seconds() -> None:
    before = {**result(port()), "seconds": 90.0}
    assert remembered(result(port("cached")), before) is before
    changed = result(port("cached", sha256="b"))
    assert remembered(changed, before) is changed
    failed = result(port("failed"), code=1)
    assert remembered(failed, before) is failed


def test_a_list_by_another_strategy_is_told_beside_the_ladder_s() -> None:
    lines = whole_lists({"all": {"auto": 60.0, "emulated": 600.0}, "some": {"emulated": 60.0}})
    assert "| all | auto | 1.0 | 1.0 |" in lines
    assert "| all | emulated | 10.0 | 10.0 |" in lines
    assert "| some | emulated | 1.0 |  |" in lines


def test_a_list_is_timed_when_all_of_it_has_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = tmp_path / "cases.md"
    page.write_text("# Cases\n", encoding="utf-8")
    monkeypatch.setattr(cases, "PAGE", page)
    monkeypatch.setattr(cases, "TIMES", tmp_path / "times.json")
    slow = Case("large==1", ("3.9",), "something", slow=True)
    spent = Kept(tmp_path / "spent.json")
    spent.put(CASE.title, 60.0)
    # Broken off: its seconds are kept, and it has not ended.
    spent.put(slow.title, 90.0)
    write_whole_lists("auto", [CASE, slow], {CASE.title: {}}, spent.values)
    assert "| the 1 cases that are not slow | auto | 1.0 | 1.0 |" in page.read_text("utf-8")
    assert "all 2 cases" not in page.read_text("utf-8")
    again = Kept(tmp_path / "spent.json").values
    write_whole_lists("auto", [CASE, slow], {CASE.title: {}, slow.title: {}}, again)
    assert "| all 2 cases | auto | 2.5 | 1.0 |" in page.read_text("utf-8")


def test_the_first_signal_waits_for_the_case_at_hand() -> None:
    ending = Ending()
    ending(15, None)
    assert ending.asked
    with pytest.raises(SystemExit, match="143"):
        ending(15, None)


def test_a_fixed_strategy_is_passed_on(tmp_path: Path) -> None:
    assert "--strategy" not in cases.command(CASE, tmp_path)
    words = cases.command(CASE, tmp_path, "emulated")
    assert words[words.index("--strategy") + 1] == "emulated"
    # The root's gcc knows no older glibc than the root's.
    assert words[words.index("--policy") + 1] == "manylinux_2_31"
