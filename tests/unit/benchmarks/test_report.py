from __future__ import annotations

import pytest

from lib.report import machine, replace_section, table

PAGE = "# Title\n\n<!-- a: begin -->\nold\n<!-- a: end -->\n\nmore\n"


def test_only_what_stands_between_the_markers_is_replaced() -> None:
    replaced = replace_section(PAGE, "a", "\nnew\n\nlines\n")
    assert replaced == PAGE.replace("old", "new\n\nlines")
    assert replace_section(replaced, "a", "old") == PAGE


def test_a_page_without_the_section_gets_it_at_its_end() -> None:
    page = replace_section(PAGE, "b", "found")
    assert page == f"{PAGE.rstrip()}\n\n<!-- b: begin -->\nfound\n<!-- b: end -->\n"


@pytest.mark.parametrize(
    "page", ["<!-- a: begin -->", "<!-- a: end --> <!-- a: begin -->", "x <!-- a: end -->"]
)
def test_half_a_section_is_refused(page: str) -> None:
    with pytest.raises(ValueError, match="one of its two markers"):
        replace_section(page, "a", "new")


def test_a_table() -> None:
    assert table(["x", "y"], [("a", "1")]) == "| x | y |\n| --- | ---: |\n| a | 1 |"


def test_the_machine_is_named_in_one_line() -> None:
    assert " cores, " in machine()
    assert "\n" not in machine()
