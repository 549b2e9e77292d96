"""What a package is proved with beside what it requires, resolved for the target."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime

from packaging.requirements import InvalidRequirement
from packaging.specifiers import SpecifierSet
from packaging.utils import NormalizedName
from packaging.version import Version

from porter.errors import ResolutionError, StepFailed
from porter.index.protocol import Sources
from porter.model import File, Node, Platform
from porter.resolve.catalog import Catalog
from porter.resolve.era import cutoff
from porter.resolve.markers import applies
from porter.resolve.metadata import read_requirement
from porter.resolve.need import Need, needs_of
from porter.resolve.runtime import Runtime
from porter.resolve.shelf import Shelf, Window
from porter.resolve.solve import Solution, solve


def companions(
    node: Node,
    requirements: Iterable[str],
    *,
    platform: Platform,
    index: Sources,
    installed: Mapping[NormalizedName, Version],
) -> tuple[File, ...]:
    """Wheels that satisfy the requirements on the target, of the era of the package.

    What is `installed` is there already, the package's own dependencies: it is left out, and the
    others go with it where they can. Requirements that do not apply on the target are passed over.

    Raises:
        StepFailed: they cannot be satisfied, or only by something that has no wheel there.
        IndexUnavailable: an index does not answer.
    """
    uploaded = node.source.upload_time if node.source else None
    runtime = Runtime.target(platform, node.interpreter)
    window = Window(
        as_of=cutoff(uploaded, node.interpreter),
        late=dict.fromkeys(installed, datetime.max.replace(tzinfo=UTC)),
    )
    try:
        asked = [read_requirement(text) for text in requirements]
        applying = [r for r in asked if applies(r.marker, runtime.markers)]
        needs = [need for requirement in applying for need in needs_of(requirement)]
        with Catalog(index) as catalog:
            shelf = Shelf(catalog=catalog, runtime=runtime, window=window, wheels_first=True)
            solution = _solved(needs, shelf, installed)
    except (ResolutionError, InvalidRequirement) as error:
        raise StepFailed(f"what it is proved with cannot be had: {error}") from error
    offers = [offer for name, offer in solution.pins.items() if name not in installed]
    if without := [f"{o.name} {o.version}" for o in offers if o.wheel is None]:
        raise StepFailed(f"it is proved with {', '.join(without)}, with no wheel for {platform}")
    return tuple(offer.wheel for offer in offers if offer.wheel is not None)


def _solved(
    needs: Sequence[Need], shelf: Shelf, installed: Mapping[NormalizedName, Version]
) -> Solution:
    """With what is installed held where it is, if anything goes with it."""
    held = {name: SpecifierSet(f"==={version}") for name, version in installed.items()}
    try:
        return solve(needs, shelf, held)
    except ResolutionError:
        return solve(needs, shelf, {})
