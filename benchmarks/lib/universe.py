"""A made-up index of any size: each project follows from the seed and its own number alone.

So nothing is kept, and an index of 50,000 projects costs no more than one of ten. A project's
releases need up to four projects of higher numbers, by lower bounds and now and then an upper
one that all who state it share: there always is an answer, and at times the newest release is
not in it. All have wheels the target can use: what is measured is planning, not sdists.
"""

from __future__ import annotations

import json
import random
from dataclasses import dataclass
from hashlib import sha256

JSON = "application/vnd.pypi.simple.v1+json"
_NEEDS = (0, 1, 2, 2, 3, 4)
_MOST_VERSIONS = 20
_CAPPED = 0.02
"""The share of needs with an upper bound."""
_NATIVE = 0.2
"""The share of projects that are not pure Python."""
_PLATFORMS = ("manylinux2014_aarch64", "manylinux2014_x86_64", "win_amd64", "macosx_11_0_arm64")


@dataclass(frozen=True, slots=True)
class Universe:
    """`projects` of them, named ``p0`` and so on."""

    seed: int
    projects: int

    def page(self, name: str) -> bytes | None:
        """The project's page (PEP 691), or None for a name that is none of ours."""
        number = self._number(name)
        if number is None:
            return None
        files = [
            self._file(filename)
            for minor in range(self._versions(number))
            for filename in self._wheels(number, minor)
        ]
        return json.dumps({"meta": {"api-version": "1.1"}, "name": name, "files": files}).encode()

    def metadata(self, filename: str) -> bytes | None:
        """The core metadata of a wheel (PEP 658)."""
        name, version = filename.split("-")[:2]
        number = self._number(name)
        if number is None:
            return None
        lines = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}"]
        lines += [f"Requires-Dist: {need}" for need in self.needs(number, int(version[2:]))]
        return "\n".join([*lines, "", "Made up."]).encode()

    def needs(self, number: int, minor: int) -> list[str]:
        """What release ``1.minor`` of a project requires."""
        chance = random.Random(f"{self.seed}/{number}")  # noqa: S311 - repeatable on purpose
        last = self.projects - 1
        count = min(chance.choice(_NEEDS), last - number)
        others = sorted(chance.sample(range(number + 1, last + 1), count))
        return [self._need(other, chance, minor) for other in others]

    def _need(self, other: int, chance: random.Random, minor: int) -> str:
        cap = max(1, self._versions(other) - 1)
        least = min(chance.randrange(cap), minor)
        capped = chance.random() < _CAPPED
        return f"p{other}>=1.{least}{f',<1.{cap}' if capped else ''}"

    def _versions(self, number: int) -> int:
        return random.Random(f"{self.seed}/{number}/versions").randint(1, _MOST_VERSIONS)  # noqa: S311 - as above

    def _wheels(self, number: int, minor: int) -> list[str]:
        stem = f"p{number}-1.{minor}"
        if random.Random(f"{self.seed}/{number}/native").random() >= _NATIVE:  # noqa: S311 - as above
            return [f"{stem}-py3-none-any.whl"]
        return [f"{stem}-cp{p}-cp{p}-{where}.whl" for p in (39, 310, 311) for where in _PLATFORMS]

    def _file(self, filename: str) -> dict[str, object]:
        return {
            "filename": filename,
            "url": f"/files/{filename}",
            "hashes": {"sha256": sha256(filename.encode()).hexdigest()},
            "size": 10_000,
            "upload-time": "2020-01-01T00:00:00Z",
            "requires-python": ">=3.6",
        }

    def _number(self, name: str) -> int | None:
        number = name.removeprefix("p")
        known = name.startswith("p") and number.isdecimal() and int(number) < self.projects
        return int(number) if known else None
