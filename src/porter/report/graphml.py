"""Pictures as GraphML (http://graphml.graphdrawing.org/), for yEd, Gephi, networkx and others."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from porter.report.picture import Picture

_KEYS = {
    "node": ("name", "label", "detail", "state", "group", "critical"),
    "edge": ("kind", "critical"),
}


def graphml(picture: Picture) -> bytes:
    """Boxes as nodes and lines as edges, with what is known of them as data."""
    root = ET.Element("graphml", xmlns="http://graphml.graphdrawing.org/xmlns")
    for element, names in _KEYS.items():
        for name in names:
            kind = "boolean" if name == "critical" else "string"
            key = {"id": f"{element}-{name}", "for": element}
            ET.SubElement(root, "key", {**key, "attr.name": name, "attr.type": kind})
    graph = ET.SubElement(root, "graph", edgedefault="directed")
    for box in picture.boxes:
        _data(ET.SubElement(graph, "node", id=box.id), "node", box)
    for line in picture.lines:
        _data(ET.SubElement(graph, "edge", source=line.start, target=line.end), "edge", line)
    ET.indent(root, " ")
    encoded: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return encoded + b"\n"


def _data(parent: ET.Element, element: str, value: object) -> None:
    for name in _KEYS[element]:
        found = getattr(value, name)
        if found is not None:
            text = str(found).lower() if isinstance(found, bool) else str(found)
            ET.SubElement(parent, "data", key=f"{element}-{name}").text = text
