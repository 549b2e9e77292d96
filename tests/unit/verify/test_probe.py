from __future__ import annotations

from pathlib import Path

import pytest

from porter.verify.probe import attempt

PYBIND11 = """
try:
    import {name}
except Exception as error:
    raise ImportError("initialization failed") from error
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.syspath_prepend(str(tmp_path))
    return tmp_path


def test_a_module_that_is_not_there_is_told_by_whom_it_stops(folder: Path) -> None:
    (folder / "wrapped.py").write_text(PYBIND11.format(name="nowhere.to_be_found"))
    said = attempt("wrapped")
    assert said["missing"] == "nowhere"
    assert said["error"] == (
        "ImportError: initialization failed, from ModuleNotFoundError: No module named 'nowhere'"
    )


def test_another_cause_is_told_and_no_module_is_missing(folder: Path) -> None:
    (folder / "broken.py").write_text("1 / 0")
    (folder / "wrapping.py").write_text(PYBIND11.format(name="broken"))
    said = attempt("wrapping")
    assert said["missing"] is None
    assert said["error"].endswith(", from ZeroDivisionError: division by zero")


def test_what_was_caught_on_the_way_is_no_cause(folder: Path) -> None:
    (folder / "trying.py").write_text("try:\n    import nowhere\nexcept ImportError:\n    1 / 0\n")
    said = attempt("trying")
    assert (said["missing"], said["error"]) == (None, "ZeroDivisionError: division by zero")


def test_a_module_that_can_be_imported(folder: Path) -> None:
    (folder / "fine.py").write_text("")
    assert set(attempt("fine")) == {"seconds"}


def test_what_a_module_was_handling_when_it_gave_up_is_a_cause(folder: Path) -> None:
    (folder / "plug.py").write_text(
        "try:\n    import nowhere\nexcept ImportError:\n    raise ImportError('install nowhere')\n"
    )
    said = attempt("plug")
    assert said["missing"] == "nowhere"
    assert said["error"].startswith("ImportError: install nowhere, from ModuleNotFoundError")


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("hiding", "raise ImportError('no') from None"),
        ("falling_back", "from other import gone"),
        ("importing", "import other_that_raises"),
    ],
)
def test_what_it_was_handling_when_another_import_failed_is_none(
    folder: Path, name: str, code: str
) -> None:
    (folder / "other.py").write_text("")
    (folder / "other_that_raises.py").write_text("raise ImportError('own trouble')")
    (folder / f"{name}.py").write_text(
        f"try:\n    import nowhere\nexcept ImportError:\n    {code}\n"
    )
    assert attempt(name)["missing"] is None


@pytest.mark.parametrize("code", ["import sys\nsys.exit(0)", "raise SystemExit"])
def test_a_script_that_ends_well_is_known(folder: Path, code: str) -> None:
    name = f"script{len(code)}"
    (folder / f"{name}.py").write_text(code)
    assert attempt(name)["exited"] is True


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("failing", "raise SystemExit(2)"),
        ("telling", "raise SystemExit('no')"),
        ("hiding_why", "try:\n    import nowhere\nexcept ImportError:\n    raise SystemExit"),
        ("dividing", "1 / 0"),
    ],
)
def test_any_other_end_is_a_failure(folder: Path, name: str, code: str) -> None:
    (folder / f"{name}.py").write_text(code)
    assert attempt(name)["exited"] is False
