"""Where the source of a port comes from."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime
from urllib.parse import urlsplit

from packaging.utils import NormalizedName, canonicalize_name
from packaging.version import Version

from porter.errors import UsageError
from porter.model import File, State
from porter.recipes import Recipe
from porter.resolve.catalog import Catalog
from porter.resolve.classify import NO_SDIST
from porter.resolve.shelf import Offer

RECIPE_INDEX = "recipe"
"""The index name of a source that a recipe gives by URL: its address stands in the recipe."""


def source_of(offer: Offer, recipe: Recipe | None, catalog: Catalog) -> File | None:
    """The recipe's source where it gives one, else the release's sdist; None without either.

    None too where the recipe's is one that porter cannot fetch (git). Raises
    `porter.errors.UsageError` for a recipe that names an sdist which does not exist.
    """
    if recipe is None or recipe.rules.source is None:
        return offer.sdist
    if recipe.rules.source.git is not None:
        return None
    found = source_of_recipe(recipe, offer.version, catalog.files)
    if found is None:
        named = recipe.rules.source.sdist
        raise UsageError(f"recipe {recipe.origin}: {named} {offer.version} has no sdist")
    return found if found.upload_time else replace(found, upload_time=_uploaded(offer))


def source_of_recipe(
    recipe: Recipe,
    version: Version,
    files: Callable[[NormalizedName], Iterable[File] | None],
) -> File | None:
    """The file a recipe gives as the source of a release, or None; ``files`` asks the index."""
    source = recipe.rules.source
    if source is None or source.git is not None:
        return None
    if source.sdist is not None:
        listed = files(canonicalize_name(source.sdist)) or ()
        return next((f for f in listed if not f.is_wheel and f.version == version), None)
    url = source.url or ""
    return File(
        index=RECIPE_INDEX,
        filename=urlsplit(url).path.rpartition("/")[2],
        url=url,
        name=recipe.name,
        version=version,
        sha256=source.sha256,
    )


def judged(
    state: State, reason: str, source: File | None, recipe: Recipe | None
) -> tuple[State, str]:
    """State and reason of a release without a usable wheel, once its source is known."""
    stated = None if recipe is None else recipe.rules.source
    if recipe is None or stated is None or state is State.AVAILABLE:
        return state, reason
    if stated.git is not None:
        why = f"the recipe {recipe.name} gives a git source ({stated.git}), which porter does not"
        return State.NO_SOURCE, f"{reason.partition(NO_SDIST)[0]}; {why} fetch: give an archive"
    if state is State.NO_SOURCE and source is not None:
        return State.PORT, f"{reason.partition(NO_SDIST)[0]}; source from the recipe {recipe.name}"
    return state, reason


def _uploaded(offer: Offer) -> datetime | None:
    """The release's day: its wheels' for other platforms, when it has no sdist."""
    files = [*offer.proxies, *(f for f in (offer.wheel, offer.sdist) if f is not None)]
    return min((f.upload_time for f in files if f.upload_time is not None), default=None)
