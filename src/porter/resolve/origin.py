"""Where the source of a port comes from."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import unquote, urlsplit

from packaging.utils import canonicalize_name

from porter.errors import UsageError
from porter.model import File
from porter.recipes import Recipe
from porter.resolve.catalog import Catalog
from porter.resolve.shelf import Offer

RECIPE_INDEX = "recipe"
"""The index name of a source that a recipe gives by URL: its address stands in the recipe."""


def source_of(offer: Offer, recipe: Recipe | None, catalog: Catalog) -> File | None:
    """The recipe's source where it gives one, else the release's sdist; None without either.

    Raises `porter.errors.UsageError` for a recipe that names an sdist which does not exist.
    """
    source = None if recipe is None else recipe.rules.source
    if recipe is None or source is None:
        return offer.sdist
    if source.sdist is not None:
        name = canonicalize_name(source.sdist)
        for file in catalog.files(name) or ():
            if not file.is_wheel and file.version == offer.version:
                return file
        raise UsageError(f"recipe {recipe.origin}: {name} {offer.version} has no sdist")
    url = source.url or ""
    return File(
        index=RECIPE_INDEX,
        filename=unquote(urlsplit(url).path.rpartition("/")[2]),
        url=url,
        name=offer.name,
        version=offer.version,
        sha256=source.sha256,
        upload_time=_uploaded(offer),
    )


def _uploaded(offer: Offer) -> datetime | None:
    """The release's day: its wheels' for other platforms, when it has no sdist."""
    files = [*offer.proxies, *(f for f in (offer.wheel, offer.sdist) if f is not None)]
    return min((f.upload_time for f in files if f.upload_time is not None), default=None)
