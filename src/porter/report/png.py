"""Pictures as PNG, by resvg (https://github.com/linebender/resvg) and a font of our own.

The machine's fonts are left out: the same picture everywhere.
"""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree as ET

_SCALE = 2.0
"""Pixels for each of the SVG's, so that text stays sharp on dense screens."""
_LONGEST = 16_000
"""Pixels of the longer side at most: a picture of hundreds of megapixels is of use to nobody."""


def png(svg: bytes) -> bytes:
    """An SVG with a width and a height as PNG on a light ground."""
    import font_roboto
    import resvg_py

    fonts = Path(font_roboto.font_directory)
    return resvg_py.svg_to_bytes(
        svg_string=svg.decode(),
        zoom=min(_SCALE, _LONGEST / _longer_side(svg)),
        skip_system_fonts=True,
        font_files=[str(fonts / f"Roboto-{weight}.ttf") for weight in ("Regular", "Medium")],
        font_family="Roboto",
        sans_serif_family="Roboto",
    )


def _longer_side(svg: bytes) -> float:
    root = ET.fromstring(svg)  # noqa: S314  # of our own making
    return max(float(root.attrib["width"]), float(root.attrib["height"]))
