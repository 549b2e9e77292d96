from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest

from lib.svg import HEIGHT, WIDTH, Line, plot
from synthetic import exponent

SVG = "{http://www.w3.org/2000/svg}"


def test_all_points_lie_inside() -> None:
    lines = [Line("a <b>", [(10, 0.1), (1000, 20)]), Line("c", [(10, 5)])]
    root = ET.fromstring(plot(lines, x_label="x", title="T & t"))  # noqa: S314 - our own text
    dots = root.findall(f"{SVG}circle")
    assert len(dots) == 3
    assert all(0 < float(dot.attrib["cx"]) < WIDTH for dot in dots)
    assert all(0 < float(dot.attrib["cy"]) < HEIGHT for dot in dots)
    assert float(dots[0].attrib["cy"]) > float(dots[1].attrib["cy"])
    assert "a <b>" in [text.text for text in root.findall(f"{SVG}text")]


@pytest.mark.parametrize("points", [[], [(0, 1)], [(1, -1)]])
def test_what_has_no_logarithm_is_refused(points: list[tuple[float, float]]) -> None:
    with pytest.raises(ValueError, match="positive"):
        plot([Line("a", points)], x_label="x", title="t")


def test_the_exponent_of_a_power_is_found() -> None:
    assert exponent([(n, 3 * n**1.5) for n in (10, 100, 1000)]) == pytest.approx(1.5)
