"""Where the source of a port comes from."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime

from packaging.utils import NormalizedName, canonicalize_name
from packaging.version import Version

from porter.errors import StepFailed, UsageError
from porter.index.coremetadata import MetadataError
from porter.index.identity import newest_member
from porter.index.reference import parse_reference
from porter.model import RECIPE, File, State
from porter.recipes import Recipe
from porter.resolve.catalog import Catalog
from porter.resolve.classify import NO_SDIST
from porter.resolve.shelf import Offer


def source_of(offer: Offer, recipe: Recipe | None, catalog: Catalog) -> File | None:
    """The recipe's source where it gives one, else the release's sdist; None without either.

    A source the user gave by address goes before the recipe's. Raises `porter.errors.UsageError`
    for a recipe that names an sdist or a commit which does not exist, and
    `porter.errors.IndexUnavailable`.
    """
    if recipe is None or recipe.rules.source is None:
        return offer.sdist
    if offer.sdist is not None and offer.sdist.direct:
        return offer.sdist
    found = source_of_recipe(recipe, offer.version, catalog.files)
    if found is None:
        named = recipe.rules.source.sdist
        raise UsageError(f"recipe {recipe.origin}: {named} {offer.version} has no sdist")
    if recipe.rules.source.git is not None:
        found = _committed(found, recipe, catalog)
    return found if found.upload_time else replace(found, upload_time=_uploaded(offer))


def _committed(source: File, recipe: Recipe, catalog: Catalog) -> File:
    """The archive of a recipe's commit, with its hash and the commit's time."""
    try:
        located = catalog.locate(parse_reference(source.url))
        return replace(
            source,
            sha256=located.reference.sha256,
            size=located.path.stat().st_size,
            upload_time=newest_member(located.path),
        )
    except (StepFailed, MetadataError) as error:
        raise UsageError(f"recipe {recipe.origin}: {error}") from error


def source_of_recipe(
    recipe: Recipe,
    version: Version,
    files: Callable[[NormalizedName], Iterable[File] | None],
) -> File | None:
    """The file a recipe gives as the source of a release, or None; ``files`` asks the index.

    The hash of a commit's archive is not known before it is made.
    """
    source = recipe.rules.source
    if source is None:
        return None
    if source.sdist is not None:
        listed = files(canonicalize_name(source.sdist)) or ()
        return next((f for f in listed if not f.is_wheel and f.version == version), None)
    if source.git is not None:
        reference = parse_reference(f"git+{source.git}@{source.commit}")
    else:
        reference = parse_reference(source.url or "")
    return File(
        index=RECIPE,
        filename=reference.filename,
        url=str(reference),
        name=recipe.name,
        version=version,
        sha256=source.sha256,
    )


def judged(
    state: State, reason: str, source: File | None, recipe: Recipe | None
) -> tuple[State, str]:
    """State and reason of a release without a usable wheel, once its source is known."""
    if recipe is None or recipe.rules.source is None or state is State.AVAILABLE:
        return state, reason
    if source is not None and not source.direct:
        return State.PORT, f"{reason.partition(NO_SDIST)[0]}; source from the recipe {recipe.name}"
    return state, reason


def _uploaded(offer: Offer) -> datetime | None:
    """The release's day: its wheels' for other platforms, when it has no sdist."""
    files = [*offer.proxies, *(f for f in (offer.wheel, offer.sdist) if f is not None)]
    return min((f.upload_time for f in files if f.upload_time is not None), default=None)
