"""What a package is proved with beside what it requires, resolved for the target."""

from __future__ import annotations

from collections.abc import Iterable

from packaging.requirements import InvalidRequirement
from packaging.utils import NormalizedName

from porter.errors import ResolutionError, StepFailed
from porter.index.protocol import Sources
from porter.model import File, Node, Platform
from porter.resolve.catalog import Catalog
from porter.resolve.era import cutoff
from porter.resolve.metadata import read_requirement
from porter.resolve.need import needs_of
from porter.resolve.runtime import Runtime
from porter.resolve.shelf import Shelf, Window
from porter.resolve.solve import solve


def companions(
    node: Node,
    requirements: Iterable[str],
    *,
    platform: Platform,
    index: Sources,
    installed: frozenset[NormalizedName],
) -> tuple[File, ...]:
    """Wheels that satisfy the requirements on the target, of the era of the package.

    Projects in `installed` are left out: the package's own dependencies are there already.

    Raises:
        StepFailed: they cannot be satisfied, or only by something that has no wheel there.
        IndexUnavailable: an index does not answer.
    """
    uploaded = node.source.upload_time if node.source else None
    shelf = Shelf(
        catalog=Catalog(index),
        runtime=Runtime.target(platform, node.interpreter),
        window=Window(as_of=cutoff(uploaded, node.interpreter)),
        wheels_first=True,
    )
    try:
        needs = [need for text in requirements for need in needs_of(read_requirement(text))]
        solution = solve(needs, shelf, {})
    except (ResolutionError, InvalidRequirement) as error:
        raise StepFailed(f"what it is proved with cannot be had: {error}") from error
    offers = [offer for name, offer in solution.pins.items() if name not in installed]
    if without := [f"{o.name} {o.version}" for o in offers if o.wheel is None]:
        raise StepFailed(f"it is proved with {', '.join(without)}, with no wheel for {platform}")
    return tuple(offer.wheel for offer in offers if offer.wheel is not None)
