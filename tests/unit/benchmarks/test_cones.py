from __future__ import annotations

from pathlib import Path

import pytest

from lib.cones import CHANGES, Change, first_run, rebuilt, report
from lib.report import RELIABILITY, replace_section


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.what)
def test_exactly_the_cone_of_a_change_is_built_again(tmp_path: Path, change: Change) -> None:
    rig = first_run(tmp_path)
    change.apply(rig)
    assert tuple(sorted(rebuilt(rig))) == change.builds
    assert rebuilt(rig) == ()


def test_the_table_on_the_page_is_this_one() -> None:
    page = RELIABILITY.read_text(encoding="utf-8")
    expected = ((change.what, ", ".join(change.builds) or "nothing") for change in CHANGES)
    assert replace_section(page, "cones", report(expected)) == page
