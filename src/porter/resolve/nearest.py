"""What a person may have meant: the existing versions and names nearest to one that is not."""

from __future__ import annotations

import bisect
import difflib
from collections.abc import Iterable

from packaging.utils import NormalizedName, canonicalize_name
from packaging.version import Version

_SHOWN = 5


def nearest_versions(wanted: Version, existing: Iterable[Version]) -> tuple[Version, ...]:
    """At most five versions: neighbours in order, and those spelled alike (1.5.15: 1.15.5).

    In ascending order. Pre-releases only where nothing else exists.
    """
    known = sorted(set(existing))
    stable = [version for version in known if not version.is_prerelease] or known
    place = bisect.bisect(stable, wanted)
    by_text = {str(version): version for version in stable}
    alike = difflib.get_close_matches(str(wanted), by_text, n=2, cutoff=0.6)
    around = [*stable[max(place - 2, 0) : place], *stable[place : place + 2]]
    chosen = dict.fromkeys([*(by_text[text] for text in alike), *around])
    return tuple(sorted(list(chosen)[:_SHOWN]))


def nearest_names(
    wanted: NormalizedName, existing: Iterable[NormalizedName]
) -> tuple[NormalizedName, ...]:
    """At most three names spelled like the one wanted, the likest first."""
    names = difflib.get_close_matches(wanted, list(existing), n=3, cutoff=0.75)
    return tuple(canonicalize_name(name) for name in names)


def variants(name: NormalizedName) -> tuple[NormalizedName, ...]:
    """The few usual ways in which a project's name differs from its module's."""
    bare = name.removeprefix("python-").removeprefix("py")
    guesses = (f"python-{bare}", f"py{bare}", bare, f"{bare}-python", name.replace("-", ""))
    return tuple(dict.fromkeys(canonicalize_name(g) for g in guesses if g and g != name))
