"""Why no set of versions serves, as a chain of requirements a person can follow."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from packaging.specifiers import SpecifierSet
from packaging.utils import NormalizedName
from packaging.version import Version

from porter.errors import ResolutionError
from porter.model import File
from porter.resolve.nearest import nearest_names, nearest_versions, variants
from porter.resolve.need import Candidate, Need, pinned_version
from porter.resolve.provider import Cause, Wish
from porter.resolve.shelf import Shelf

_VERSIONS_NAMED = 4


class Conflict(ResolutionError):
    """No set of versions serves, and another version of something asked for might change that.

    Attributes:
        involved: the projects whose requirements the conflict is made of, and those on the ways
            to them from what was asked for.

    """

    def __init__(
        self, message: str, *, involved: frozenset[str], context: str = "", hint: str | None = None
    ) -> None:
        super().__init__(message, context=context, hint=hint)
        self.involved = involved


Parents = Mapping[str, Mapping[Candidate, Wish]]


def explain_conflict(
    causes: Iterable[Cause],
    *,
    asked: Iterable[Need],
    parents: Parents,
    shelf: Shelf,
    constraints: Mapping[NormalizedName, SpecifierSet],
) -> ResolutionError:
    """The error for a resolution that ended in these causes.

    ``parents`` tells for each key which candidates required it: the way from a cause back to
    what was ``asked`` for. It is a `Conflict` unless something that was asked for cannot be had
    whatever the others ask for.
    """
    found = tuple(causes)
    involved = _involved(found, parents)
    for cause in found:
        if isinstance(cause.requirement, Need):
            error = _alone(cause.requirement, cause.parent, shelf)
            if error is not None and cause.parent is None:
                return error
            if error is not None:
                return Conflict(
                    error.message, involved=involved, context=error.context, hint=error.hint
                )
    names = {c.requirement.name for c in found if isinstance(c.requirement, Need)}
    lines = [*_cause_lines(found), *_constraint_lines(names, constraints)]
    lines += _chain_lines([c.parent for c in found if c.parent is not None], tuple(asked), parents)
    return Conflict(
        f"no set of versions satisfies the requirements for {_where(shelf)}"
        + (f": they disagree about {', '.join(sorted(names))}" if names else ""),
        involved=involved,
        context="\n".join(dict.fromkeys(lines)),
        hint="Relax or remove one of the requirements above.",
    )


def _involved(causes: Iterable[Cause], parents: Parents) -> frozenset[str]:
    waiting = [key for cause in causes for key in _keys(cause)]
    seen: set[str] = set()
    while waiting:
        key = waiting.pop()
        if key not in seen:
            seen.add(key)
            waiting += [parent.key for parent in parents.get(key, {})]
    return frozenset(key.partition("[")[0] for key in seen)


def _keys(cause: Cause) -> Iterator[str]:
    yield cause.requirement.key
    if cause.parent is not None:
        yield cause.parent.key


def _alone(need: Need, parent: Candidate | None, shelf: Shelf) -> ResolutionError | None:
    """The error for a need that nothing meets, whatever the others ask for; else None."""
    origin = "asked for" if parent is None else f"required by {parent}"
    if not shelf.knows(need.name):
        return _unknown_project(need, origin, shelf)
    if any(need.admits(offer.version) for offer in shelf.offers(need.name)):
        return None
    files = shelf.catalog.files(need.name) or ()
    named = [file for file in files if need.admits(file.version)]
    if not files:
        message = f"{need.name} has no files on the index"
    elif named:
        message = f"no release of {need.name} that matches {need.text} can be used"
    else:
        message = f"no release of {need.name} matches {need.text}"
    return ResolutionError(
        f"{message} ({origin})",
        context="\n".join(_refusals(named, shelf)),
        hint=_versions_hint(need, files, shelf),
    )


def _unknown_project(need: Need, origin: str, shelf: Shelf) -> ResolutionError:
    likely = [name for name in variants(need.name) if shelf.knows(name)]
    near = dict.fromkeys([*nearest_names(need.name, shelf.catalog.familiar()), *likely])
    hint = f"Did you mean {' or '.join(list(near)[:3])}?" if near else "Check the spelling."
    return ResolutionError(f"no index knows a project {need.name} ({origin})", hint=hint)


def _refusals(files: Sequence[File], shelf: Shelf) -> list[str]:
    """One line per reason why files of a matching release are not on the shelf."""
    runtime = shelf.runtime
    versions: dict[str, set[Version]] = defaultdict(set)
    for file in files:
        if not runtime.allows(file):
            reason = f"needs Python {file.requires_python}, not {runtime.interpreter.version}"
        elif not shelf.window.admits(file):
            reason = f"uploaded {file.upload_time or 'on an unknown day'}, too late"
        elif not shelf.trusts(file):
            reason = "its hash is not among those given"
        elif shelf.is_wheels_only(file.name):
            reason = f"has no wheel for {runtime.label}"
        else:
            reason = "came after the day of the source"
        versions[reason].add(file.version)
    return [f"{_versions(found)}: {reason}" for reason, found in sorted(versions.items())]


def _versions_hint(need: Need, files: Sequence[File], shelf: Shelf) -> str | None:
    usable = {offer.version for offer in shelf.offers(need.name)}
    known = usable or {file.version for file in files}
    if not known:
        return None
    wanted = pinned_version(need.specifier)
    near = nearest_versions(wanted or max(known), known)
    return f"Nearest versions: {', '.join(map(str, near))}."


def _cause_lines(causes: Iterable[Cause]) -> Iterator[str]:
    by_parent: dict[tuple[NormalizedName, str], set[Version]] = defaultdict(set)
    for cause in causes:
        if cause.parent is None:
            yield f"{cause.requirement.text} was asked for"
        else:
            verb = "requires " if isinstance(cause.requirement, Need) else ""
            key = (cause.parent.name, f"{verb}{cause.requirement.text}")
            by_parent[key].add(cause.parent.offer.version)
    for (name, sentence), versions in sorted(by_parent.items()):
        yield f"{name} {_versions(versions)} {sentence}"


def _constraint_lines(
    names: Iterable[NormalizedName], constraints: Mapping[NormalizedName, SpecifierSet]
) -> Iterator[str]:
    for name in sorted(names):
        if name in constraints:
            yield f"{name}{constraints[name]} is a constraint"


def _chain_lines(
    candidates: Iterable[Candidate], asked: Iterable[Need], parents: Parents
) -> Iterator[str]:
    """For each candidate, who required it, up to what was asked for."""
    wanted = {need.name: need.text for need in asked}
    waiting, seen = [c.name for c in candidates], set[NormalizedName]()
    while waiting:
        name = waiting.pop(0)
        if name in seen:
            continue
        seen.add(name)
        if name in wanted:
            yield f"{wanted[name]} was asked for"
            continue
        asking = sorted(
            {
                (parent.name, wish.text)
                for parent, wish in parents.get(name, {}).items()
                if parent.name != name
            }
        )
        for parent, text in asking[:1]:
            yield f"{parent} requires {text}"
        waiting.extend(parent for parent, _ in asking[:1])


def _versions(versions: Iterable[Version]) -> str:
    ordered = sorted(versions)
    if len(ordered) <= _VERSIONS_NAMED:
        return ", ".join(map(str, ordered))
    return f"{ordered[0]} … {ordered[-1]} ({len(ordered)} versions)"


def _where(shelf: Shelf) -> str:
    return f"Python {shelf.runtime.interpreter.version} on {shelf.runtime.label}"
