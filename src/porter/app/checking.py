"""Whether a plan is still what planning would give today."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

from porter.app.hooking import hooks
from porter.app.planning import (
    Notice,
    Planned,
    Selection,
    durations,
    indexes,
    read_plan,
    this_architecture,
)
from porter.config import Workspace
from porter.errors import ResolutionError, StepFailed
from porter.graph import differences
from porter.model import Plan, Target
from porter.recipes import Recipes
from porter.resolve import Preference, Request
from porter.resolve import plan as make_plan
from porter.run import Fetcher


@dataclass(frozen=True, slots=True)
class Currency:
    """How a plan file compares with today."""

    planned: Planned
    differences: tuple[str, ...]
    """What planning the same target again gives differently."""
    unserved: tuple[str, ...]
    """Files that no index serves any more under the hash the plan is locked to."""

    @property
    def is_current(self) -> bool:
        """Whether the plan is what it would be if it were made now, and can be built."""
        return not self.differences and not self.unserved


def check(path: Path, selection: Selection, *, workspace: Path, notice: Notice) -> Currency:
    """Plan a file's target again and compare; look up every file it is locked to.

    The target and how to choose for it stand in the file; only the indexes are the selection's.

    Raises:
        UsageError: the file is no plan.
        IndexUnavailable: an index does not answer.
    """
    planned, place = read_plan(path), Workspace(workspace)
    asked = hooks("auto", notice, refresh=selection.refresh)
    # Whether it is current is a question to the index, not to what was seen of it lately.
    selection = replace(selection, refresh=not selection.offline)
    with closing(indexes(selection, notice)) as index:
        recipes = Recipes.load(place.recipes)
        fetcher = Fetcher(index, lambda node: recipes.find(node.name, node.version))
        index.prefetch({node.name for node in planned.plan.nodes})
        unserved = tuple(_unserved(planned.plan, fetcher))
        request = _request(planned.plan.target, place)
        try:
            made = make_plan(
                request,
                index,
                recipes,
                notice=_unheard,
                hooks=asked,
            )
        except ResolutionError as error:
            return Currency(planned, (f"it cannot be planned any more: {error.message}",), unserved)
    return Currency(planned, differences(planned.plan, made), unserved)


def _request(target: Target, place: Workspace) -> Request:
    prefer = Preference(target.prefer)
    return Request(
        requirements=target.requirements,
        platform=target.platform,
        interpreters=target.interpreters,
        constraints=target.constraints,
        exclude_newer=target.exclude_newer,
        from_source=frozenset(target.from_source),
        prefer=prefer,
        prereleases=target.prereleases,
        wheels_only=frozenset(target.wheels_only),
        build_arch=target.build_arch,
        host_arch=this_architecture(),
        seconds=durations(place) if prefer is Preference.PORTED else {},
    )


def _unserved(plan: Plan, fetcher: Fetcher) -> Iterator[str]:
    for node in plan.nodes:
        for artifact in filter(None, (node.source, node.wheel, node.target_wheel)):
            try:
                fetcher.find(node, artifact)
            except StepFailed as failure:
                yield f"{node.id}: {failure.reason}"


def _unheard(_text: str) -> None:
    """What planning has to say was said when the file was made."""
