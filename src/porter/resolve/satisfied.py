"""Whether a set of releases satisfies a requirement, its extras included."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from packaging.requirements import Requirement
from packaging.utils import NormalizedName, canonicalize_name
from packaging.version import Version

from porter.resolve.markers import applies
from porter.resolve.metadata import Metadata

_Extra = tuple[NormalizedName, NormalizedName]


@dataclass(frozen=True, slots=True)
class Present:
    """What an environment holds."""

    versions: Mapping[NormalizedName, Version]
    tell: Callable[[NormalizedName], Metadata]
    """What a project that is there requires; asked where an extra of it is."""
    markers: Mapping[str, str]

    def lacks(self, requirement: Requirement) -> bool:
        """Whether the requirement applies, and something that it asks for is not there."""
        return applies(requirement.marker, self.markers) and not self._has(requirement, set())

    def _has(self, requirement: Requirement, seen: set[_Extra]) -> bool:
        name = canonicalize_name(requirement.name)
        version = self.versions.get(name)
        if version is None or not requirement.specifier.contains(version, prereleases=True):
            return False
        return all(
            self._has(further, seen)
            for extra in map(canonicalize_name, requirement.extras)
            for further in self._added(name, extra, seen)
        )

    def _added(
        self, name: NormalizedName, extra: NormalizedName, seen: set[_Extra]
    ) -> tuple[Requirement, ...]:
        """What an extra adds; nothing if it was looked at already: extras may name each other."""
        if (name, extra) in seen:
            return ()
        seen.add((name, extra))
        return self.tell(name).active(self.markers, extra)
