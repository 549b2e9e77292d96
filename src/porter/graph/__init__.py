"""Plans as graphs: the only room that knows networkx."""

from porter.graph.codec import decode, encode
from porter.graph.compare import differences
from porter.graph.graph import PortGraph
from porter.graph.naming import default_name
from porter.graph.pylock import encode_pylock, is_lock_name

__all__ = [
    "PortGraph",
    "decode",
    "default_name",
    "differences",
    "encode",
    "encode_pylock",
    "is_lock_name",
]
