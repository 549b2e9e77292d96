"""The pictures in graphs/ are current, and look as they did when somebody last looked at them."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageStat

from porter import app
from porter.report import View, layered

REPOSITORY = Path(__file__).parents[3]
GRAPHS = REPOSITORY / "graphs"
DATA = Path(__file__).parent / "data"
_SMALL = (320, 200)


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("graphs")
    runpy.run_path(str(REPOSITORY / "docs" / "pictures.py"))["draw"](folder)
    return folder


@pytest.mark.parametrize("ending", ["svg", "mmd"])
def test_pictures_say_what_the_plan_says(drawn: Path, ending: str) -> None:
    name = f"tensorflow-1.5.15.{ending}"
    assert (drawn / name).read_text() == (GRAPHS / name).read_text(), "run: doit graphs"


def test_the_png_is_a_picture_of_the_same(drawn: Path) -> None:
    name = "tensorflow-1.5.15.png"
    assert difference(drawn / name, GRAPHS / name) < 0.5, "run: doit graphs"


def test_numpy_s_plan_looks_as_approved(tmp_path: Path) -> None:
    """Look at the new picture before it takes the approved one's place."""
    made = tmp_path / "numpy.png"
    plan = GRAPHS / "numpy-1.18.5.json"
    app.draw(plan, made, View("all"), workspace=tmp_path, layout=layered)
    assert difference(made, DATA / "numpy.png") < 0.5


def test_another_picture_is_different(drawn: Path) -> None:
    assert difference(drawn / "tensorflow-1.5.15.png", DATA / "numpy.png") > 2


def difference(one: Path, other: Path) -> float:
    """The mean difference of two pictures, 0 to 255, once they are small and gray: as if seen
    from afar, so that how a machine smooths its letters does not count."""
    small = [Image.open(path).convert("L").resize(_SMALL) for path in (one, other)]
    (mean,) = ImageStat.Stat(ImageChops.difference(*small)).mean
    return mean
