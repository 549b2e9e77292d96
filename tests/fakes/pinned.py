"""What uv and an index answered once, for tests/replay/test_pins.py (see record_pins.py)."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import NormalizedName

from fakes.recorded import JSON, NotRecorded
from porter.index.links import files_of
from porter.index.pages import parse_page
from porter.index.protocol import Located, Project, Sources
from porter.index.reference import Reference
from porter.model import File, Interpreter, Platform
from porter.resolve.catalog import Catalog
from porter.resolve.metadata import Metadata
from porter.resolve.need import needs_of
from porter.resolve.runtime import Runtime
from porter.resolve.shelf import Offer, Shelf, Window
from porter.resolve.solve import Solution, solve

DATA = Path(__file__).parents[1] / "replay" / "pins"
X86_64 = Platform.parse("x86_64", "manylinux2014")
_BASE = "https://index.example/files/"

Execute = Callable[[Offer], Metadata | None]


@dataclass(frozen=True)
class Question:
    """What both tools are asked: for x86_64, as of the beginning of a day (UTC)."""

    requirements: tuple[str, ...]
    python: str
    day: str

    @property
    def moment(self) -> datetime:
        return datetime.combine(date.fromisoformat(self.day), time(), UTC)

    def solved(self, index: Sources, execute: Execute | None = None) -> Solution:
        """porter's answer, without the build requirements of ports: uv has none either."""
        with Catalog(index) as catalog:
            shelf = Shelf(
                catalog=catalog,
                runtime=Runtime.target(X86_64, Interpreter.parse(self.python)),
                window=Window(exclude_newer=self.moment),
                execute=execute,
            )
            needs = [n for text in self.requirements for n in needs_of(Requirement(text))]
            return solve(needs, shelf, {})


@dataclass(frozen=True)
class Recording:
    """A question, uv's answer, and all of the index that porter's takes."""

    question: Question
    uv: str
    """uv's version."""
    pins: Mapping[str, str]
    """uv's answer."""
    projects: Mapping[str, list[dict[str, Any]]]
    """The files on a project's page, without their addresses; none: no such project."""
    metadata: Mapping[str, str | None]
    """By file name. For an sdist whose metadata takes its build backend: what that answered."""

    @classmethod
    def load(cls, name: str) -> Recording:
        raw = json.loads((DATA / f"{name}.json").read_text("utf-8"))
        asked = raw.pop("question")
        asked["requirements"] = tuple(asked["requirements"])
        return cls(question=Question(**asked), **raw)

    def save(self, name: str) -> None:
        # A line for each file and each metadata, so that a new recording can be read as a diff.
        pages = (
            f"{json.dumps(project)}: {_block('[]', map(json.dumps, files))}"
            for project, files in sorted(self.projects.items())
        )
        parts = {
            "question": json.dumps(asdict(self.question)),
            "uv": json.dumps(self.uv),
            "pins": json.dumps(self.pins, indent=0, sort_keys=True),
            "projects": _block("{}", pages),
            "metadata": json.dumps(self.metadata, indent=0, sort_keys=True),
        }
        text = _block("{}", (f"{json.dumps(key)}: {part}" for key, part in parts.items()))
        DATA.mkdir(exist_ok=True)
        (DATA / f"{name}.json").write_text(f"{text}\n", "utf-8")


def _block(ends: str, lines: Iterable[str]) -> str:
    return "\n".join([ends[0], ",\n".join(lines), ends[1]])


def recorded() -> list[str]:
    """The names of all recordings."""
    return sorted(path.stem for path in DATA.glob("*.json"))


def differences(ours: Mapping[str, str], theirs: Mapping[str, str]) -> dict[str, tuple[str, str]]:
    """The projects that two answers pin differently; ``-`` for one that is not in an answer."""
    return {
        name: (ours.get(name, "-"), theirs.get(name, "-"))
        for name in sorted(ours.keys() | theirs.keys())
        if ours.get(name) != theirs.get(name)
    }


def versions(solution: Solution) -> dict[str, str]:
    """The pins as text."""
    return {str(name): str(offer.version) for name, offer in solution.pins.items()}


class PinnedIndex:
    """`porter.index.protocol.Sources` over a recording; what it lacks is an error."""

    def __init__(self, recording: Recording) -> None:
        self._recording = recording

    def project(self, name: NormalizedName) -> Project | None:
        if name not in self._recording.projects:
            raise NotRecorded(f"the project {name}")
        files = self._recording.projects[name]
        if not files:
            return None
        entries = [{**file, "url": _BASE + file["filename"]} for file in files]
        page = {"meta": {"api-version": "1.1"}, "name": name, "files": entries}
        links = parse_page(json.dumps(page).encode(), content_type=JSON, url=_BASE)
        return Project.of(name, files_of(links, project=name, index="default", base=_BASE).files)

    def metadata(self, file: File) -> bytes | None:
        if file.filename not in self._recording.metadata:
            raise NotRecorded(f"the metadata of {file.filename}")
        text = self._recording.metadata[file.filename]
        return None if text is None else text.encode()

    def download(self, file: File) -> Path:
        raise NotRecorded(f"the content of {file.filename}")

    def locate(self, reference: Reference) -> Located:
        raise NotRecorded(f"the address {reference}")

    def prefetch(self, names: Iterable[NormalizedName]) -> None:
        """Nothing to do: all is at hand."""
