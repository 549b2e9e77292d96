"""From what was asked for to a locked plan."""

from __future__ import annotations

from collections.abc import Callable

from packaging.requirements import Requirement

from porter.errors import UsageError
from porter.index.protocol import Sources
from porter.model import Node, Plan, Side, Target
from porter.recipes import Recipes
from porter.resolve.catalog import Catalog
from porter.resolve.choose import Chooser
from porter.resolve.direct import static_pins
from porter.resolve.draft import Draft
from porter.resolve.hooks import Hooks
from porter.resolve.markers import applies
from porter.resolve.request import ALL, Request, apply_aliases, read_constraints, read_requirements
from porter.resolve.shelf import Window


def plan(
    request: Request,
    index: Sources,
    recipes: Recipes,
    *,
    notice: Callable[[str], None],
    hooks: Hooks | None = None,
) -> Plan:
    """Resolve a request for its target, classify every node, and plan each port's build.

    Several interpreters make one plan. ``notice`` is told what was taken differently from what
    was asked for. Nothing of a package is executed but by ``hooks``, and each node says so. The
    same answers of the index and of the hooks give the same plan.

    Raises:
        UsageError: a requirement or constraint is malformed, or no interpreter serves all.
        ResolutionError: no such project or release, or no set of versions serves.
        IndexUnavailable: an index does not answer.

    """
    stated = read_requirements(request.requirements)
    constraints = read_constraints(request.constraints)
    with Catalog(index, known_names=recipes.names()) as catalog:
        requirements, notes = apply_aliases(stated, catalog, recipes, notice)
        interpreters = request.interpreters
        if not interpreters:
            window = Window(exclude_newer=request.exclude_newer)
            known = catalog.pinned(static_pins(requirements, catalog))
            chooser = Chooser(request.platform, known, recipes, window)
            interpreters = (chooser.newest(requirements, constraints),)
        drafts = []
        for interpreter in sorted(set(interpreters)):
            draft = Draft(
                request=request,
                catalog=catalog,
                recipes=recipes,
                interpreter=interpreter,
                hooks=hooks,
            )
            wanted = _applying(requirements, draft, notice)
            limits = [c for c in constraints if applies(c.marker, draft.markers())]
            draft.add_target(wanted, limits)
            if request.require_hashes:
                _refuse_unhashed(draft)
            drafts.append(draft)
            for note in draft.notes:
                notice(note)
            for node in sorted(draft.nodes.values(), key=_node_order):
                if node.obstacle is not None:
                    notice(node.obstacle.splitlines()[0])
    nodes = [node for draft in drafts for node in draft.nodes.values()]
    here = {node.name for node in nodes if node.side is Side.TARGET}
    for name in sorted(request.from_source - here - {ALL}):
        notice(f"{name} was asked for from source; the plan has no such package for the target")
    edges = {edge for draft in drafts for edge in draft.edges}
    return Plan(
        target=Target(
            requirements=request.requirements,
            platform=request.platform,
            interpreters=tuple(sorted(set(interpreters))),
            notes=(*notes, *(note for draft in drafts for note in draft.notes)),
            constraints=request.constraints,
            exclude_newer=request.exclude_newer,
            from_source=tuple(sorted(request.from_source)),
            prefer=request.prefer.value,
            prereleases=request.prereleases,
            wheels_only=tuple(sorted(request.wheels_only)),
            build_arch=request.build_arch,
        ),
        nodes=tuple(sorted(nodes, key=_node_order)),
        edges=tuple(sorted(edges, key=lambda e: (e.start, e.end, e.kind, e.requirement))),
    )


def _node_order(node: Node) -> tuple[object, ...]:
    return (node.side != "target", node.name, node.version, node.interpreter)


def _applying(
    requirements: tuple[Requirement, ...], draft: Draft, notice: Callable[[str], None]
) -> list[Requirement]:
    applying = []
    for requirement in requirements:
        if applies(requirement.marker, draft.markers()):
            applying.append(requirement)
        else:
            notice(f"{requirement} does not apply to {draft.interpreter}: its marker is false")
    return applying


def _refuse_unhashed(draft: Draft) -> None:
    given = draft.request.hashes_for(draft.markers())
    names = {node.name for node in draft.nodes.values() if node.side is Side.TARGET}
    if missing := sorted(names - given.keys()):
        raise UsageError(
            f"--require-hashes is set, and no hash is given for {', '.join(missing)}",
            hint="State each package with its --hash in the requirement file.",
        )
