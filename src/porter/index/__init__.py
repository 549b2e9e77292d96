"""Package indexes: the simple API, core metadata, checked downloads, and their cache."""

from porter.index.client import Indexes
from porter.index.protocol import IndexClient, Project
from porter.index.reference import strip_credentials
from porter.index.sources import IndexSettings, discover

__all__ = [
    "IndexClient",
    "IndexSettings",
    "Indexes",
    "Project",
    "discover",
    "strip_credentials",
]
