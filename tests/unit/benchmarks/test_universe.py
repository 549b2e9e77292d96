from __future__ import annotations

import json
import re

import pytest
from packaging.requirements import Requirement
from packaging.utils import NormalizedName, parse_wheel_filename

from lib.universe import JSON, Universe
from porter.index.links import files_of
from porter.index.pages import parse_page
from porter.resolve.metadata import read_metadata

UNIVERSE = Universe(seed=7, projects=50)


def test_the_same_seed_gives_the_same_index() -> None:
    again = Universe(seed=7, projects=50)
    assert UNIVERSE.page("p3") == again.page("p3") != Universe(seed=8, projects=50).page("p3")
    assert UNIVERSE.needs(3, 1) == again.needs(3, 1)


@pytest.mark.parametrize("name", ["p50", "p-1", "q1", "p", "foo"])
def test_other_names_are_unknown(name: str) -> None:
    assert UNIVERSE.page(name) is None
    assert UNIVERSE.metadata(f"{name}-1.0-py3-none-any.whl".replace("p-1", "q")) is None


def test_porter_understands_every_file() -> None:
    for number in range(UNIVERSE.projects):
        body = UNIVERSE.page(f"p{number}") or b""
        base = f"http://index.example/simple/p{number}/"
        links = parse_page(body, content_type=JSON, url=base)
        listing = files_of(links, project=NormalizedName(f"p{number}"), index="x", base=base)
        assert listing.files
        assert not listing.skipped


def test_needs_go_to_higher_numbers_and_can_be_met() -> None:
    for number in range(UNIVERSE.projects):
        for text in UNIVERSE.needs(number, 5):
            need = Requirement(text)
            other = int(need.name[1:])
            assert number < other < UNIVERSE.projects
            files = json.loads(UNIVERSE.page(need.name) or b"")["files"]
            versions = {parse_wheel_filename(file["filename"])[1] for file in files}
            assert list(need.specifier.filter(versions))


def test_metadata_says_what_is_needed() -> None:
    data = UNIVERSE.metadata("p3-1.4-py3-none-any.whl") or b""
    assert [str(r) for r in read_metadata(data).requirements] == [
        str(Requirement(text)) for text in UNIVERSE.needs(3, 4)
    ]
    assert re.search(rb"^Version: 1\.4$", data, re.MULTILINE)
