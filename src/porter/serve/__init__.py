"""A workspace over HTTP, read-only: its wheels as a simple index, and its report page, live."""

from porter.serve.feed import Feed, Look, Seen
from porter.serve.server import bind, serve
from porter.serve.shelf import Shelf
from porter.serve.site import site

__all__ = ["Feed", "Look", "Seen", "Shelf", "bind", "serve", "site"]
