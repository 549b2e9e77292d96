"""What a person looks at: pictures of a plan and how it stands."""

from porter.report.dot import dot
from porter.report.graphml import graphml
from porter.report.graphviz import best_layout
from porter.report.layout import Layout, layered
from porter.report.mermaid import mermaid
from porter.report.picture import LARGE, Picture, Standing, View, picture
from porter.report.png import png
from porter.report.scene import Scene, scene
from porter.report.svg import svg

__all__ = [
    "LARGE",
    "Layout",
    "Picture",
    "Scene",
    "Standing",
    "View",
    "best_layout",
    "dot",
    "graphml",
    "layered",
    "mermaid",
    "picture",
    "png",
    "scene",
    "svg",
]
