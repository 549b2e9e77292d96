"""Plans as graphs: the only room that knows networkx.

`PortGraph` is imported when it is first asked for: reading and writing plans needs no networkx,
whose import takes a tenth of a second.
"""

from typing import TYPE_CHECKING, Any

from porter.graph.codec import decode, encode
from porter.graph.compare import differences
from porter.graph.naming import default_name
from porter.graph.pylock import encode_pylock, is_lock_name
from porter.graph.sharing import alike

if TYPE_CHECKING:
    from porter.graph.graph import PortGraph

__all__ = [
    "PortGraph",
    "alike",
    "decode",
    "default_name",
    "differences",
    "encode",
    "encode_pylock",
    "is_lock_name",
]


def __getattr__(name: str) -> Any:  # PEP 562
    if name == "PortGraph":
        from porter.graph.graph import PortGraph

        return PortGraph
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
