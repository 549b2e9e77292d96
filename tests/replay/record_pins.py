"""Ask uv and porter for the same pins anew, record what they were made from, and compare.

    python tests/replay/record_pins.py [NAME…]        (or: doit pins)

Both ask the same index for x86_64 as of the same day. What porter looked at is kept in
tests/replay/pins, for tests without a network; the table in docs/explanation/pins.md is written
anew. Names, hashes, sizes and upload times are true; of a project's page are kept the releases that
porter read, the one after each of them, and the first that is too new.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from packaging.utils import NormalizedName
from packaging.version import Version

from fakes.pinned import (
    X86_64,
    Execute,
    PinnedIndex,
    Question,
    Recording,
    differences,
    recorded,
    versions,
)
from lib.report import replace_section, table
from porter.app.hooking import hooks
from porter.index import Indexes, IndexSettings, discover
from porter.index.coremetadata import headers_of
from porter.index.protocol import Located, Project
from porter.index.reference import Reference
from porter.model import File, Interpreter
from porter.recipes import Recipes
from porter.resolve import Request
from porter.resolve.catalog import Catalog
from porter.resolve.metadata import Metadata
from porter.resolve.runtime import Runtime
from porter.resolve.shelf import Offer
from porter.resolve.workshop import Workshop

UV = [sys.executable, "-m", "uv"]
PAGE = Path(__file__).parents[2] / "docs" / "explanation" / "pins.md"
DAY = "2025-06-01"
TARGETS = {
    "airflow": Question(("apache-airflow==2.2.5",), "3.9", DAY),
    "boto3": Question(("boto3", "s3fs"), "3.13", DAY),
    "celery": Question(("celery[redis]", "flower"), "3.11", DAY),
    "django": Question(("django", "djangorestframework", "django-filter"), "3.10", DAY),
    "fastapi": Question(("fastapi[standard]", "sqlalchemy[asyncio]"), "3.12", DAY),
    "flask": Question(("flask", "flask-sqlalchemy", "gunicorn"), "3.8", "2022-04-01"),
    "jupyterlab": Question(("jupyterlab",), "3.11", DAY),
    "mlflow": Question(("mlflow<2.10",), "3.10", DAY),
    "pandas": Question(("pandas[excel,parquet]", "statsmodels"), "3.10", DAY),
    "requests": Question(("requests[socks]",), "3.6", DAY),
    "scikit-learn": Question(("scikit-learn", "matplotlib"), "3.10", DAY),
    "spacy": Question(("spacy==2.3.5",), "3.9", DAY),
    "tensorflow": Question(("tensorflow==1.15.5",), "3.7", DAY),
}
KEPT_FIELDS = ("Metadata-Version", "Name", "Version", "Requires-Python")


def main() -> None:
    """Record the targets that are named, or all, and write the table."""
    for name in sys.argv[1:] or TARGETS:
        record(TARGETS[name]).save(name)
        _say(f"{name}: {told(Recording.load(name))}")
    write_table()


def record(question: Question) -> Recording:
    """Ask uv, then porter."""
    settings = IndexSettings(discover(environ=os.environ).indexes[:1])
    with (
        tempfile.TemporaryDirectory() as cache,
        Indexes(settings, cache=Path(cache), notice=_complain) as index,
        Catalog(index) as catalog,
    ):
        pins = uv_pins(question, settings.indexes[0][1])
        watched = Watched(index)
        solution = question.solved(watched, watched.noting(_workshop(question, catalog)))
        kept = {offer.name: offer.version for offer in solution.pins.values()}
        return Recording(
            question=question,
            uv=_run([*UV, "--version"]).split()[1],
            pins=pins,
            projects={name: watched.page(name, question, kept.get(name)) for name in watched.asked},
            metadata=watched.read,
        )


def uv_pins(question: Question, index: str) -> dict[str, str]:
    """What ``uv pip compile`` answers."""
    words = ["pip", "compile", "-", "--quiet", "--no-config", "--no-annotate", "--no-header"]
    words += ["--default-index", index, "--python-version", question.python]
    words += ["--python-platform", "x86_64-manylinux2014"]
    words += ["--exclude-newer", question.moment.isoformat()]
    lines = _run([*UV, *words], "\n".join(question.requirements)).splitlines()
    pins = (line.partition("==") for line in lines if "==" in line)
    return {name.partition("[")[0]: version.strip() for name, _, version in pins}


class Watched:
    """`porter.index.protocol.Sources` that notes what is asked of another one."""

    def __init__(self, index: Indexes) -> None:
        self._index = index
        self.asked: dict[NormalizedName, tuple[File, ...]] = {}
        self.read: dict[str, str | None] = {}

    def project(self, name: NormalizedName) -> Project | None:
        project = self._index.project(name)
        self.asked[name] = () if project is None else project.files
        return project

    def metadata(self, file: File) -> bytes | None:
        found = self._index.metadata(file)
        self.read[file.filename] = None if found is None else _trimmed(found)
        return found

    def download(self, file: File) -> Path:
        return self._index.download(file)

    def locate(self, reference: Reference) -> Located:
        return self._index.locate(reference)

    def prefetch(self, names: Iterable[NormalizedName]) -> None:
        self._index.prefetch(names)

    def noting(self, execute: Execute) -> Execute:
        """Asks build backends, and notes what they answer as if the sdist had said it."""

        def noted(offer: Offer) -> Metadata | None:
            found = execute(offer)
            if found is not None and offer.sdist is not None:
                self.read[offer.sdist.filename] = _as_text(found, offer)
            return found

        return noted

    def page(
        self, name: NormalizedName, question: Question, pinned: Version | None
    ) -> list[dict[str, Any]]:
        """A project's page, cut down to what matters and what must be turned away."""
        files = self.asked[name]
        wanted = {file.version for file in files if file.filename in self.read} | {pinned}
        runtime = Runtime.target(X86_64, Interpreter.parse(question.python))
        kept = [
            _entry(file)
            for version in _with_next(files, wanted, question.moment)
            for file in _telling([f for f in files if f.version == version], runtime, self.read)
        ]
        return sorted(kept, key=lambda entry: str(entry["filename"]))


def _with_next(
    files: Iterable[File], wanted: set[Version | None], until: datetime
) -> Iterator[Version]:
    """The wanted versions, the one after each, and the first that came too late."""
    days = {file.version: file.upload_time for file in files}
    ordered = sorted(days)
    late = [v for v in ordered if (day := days[v]) is not None and day > until]
    for place, version in enumerate(ordered):
        before = ordered[place - 1] if place else None
        if version in wanted or before in wanted or version in late[:1]:
            yield version


def _telling(files: list[File], runtime: Runtime, read: dict[str, str | None]) -> Iterator[File]:
    """Of a release: the sdist, the wheel that fits best, those that were read; at least one."""
    ranked = [(rank, f.filename) for f in files if (rank := runtime.rank(f)) is not None]
    best = min(ranked)[1] if ranked else files[0].filename
    for file in files:
        if not file.is_wheel or file.filename == best or file.filename in read:
            yield file


def _entry(file: File) -> dict[str, Any]:
    return {
        "filename": file.filename,
        "hashes": {"sha256": file.sha256},
        "size": file.size,
        "upload-time": file.upload_time.isoformat() if file.upload_time else None,
        "requires-python": str(file.requires_python) if file.requires_python else None,
        "yanked": False if file.yanked is None else file.yanked,
    }


def _trimmed(metadata: bytes) -> str:
    headers = headers_of(metadata)
    lines = [f"{field}: {headers[field]}" for field in KEPT_FIELDS if field in headers]
    for field in ("Provides-Extra", "Requires-Dist"):
        lines += [f"{field}: {' '.join(str(v).split())}" for v in headers.get_all(field, [])]
    return "\n".join(lines) + "\n"


def _as_text(metadata: Metadata, offer: Offer) -> str:
    lines = ["Metadata-Version: 2.1", f"Name: {offer.name}", f"Version: {offer.version}"]
    if metadata.requires_python is not None:
        lines.append(f"Requires-Python: {metadata.requires_python}")
    lines += [f"Provides-Extra: {extra}" for extra in sorted(metadata.extras)]
    lines += [f"Requires-Dist: {requirement}" for requirement in metadata.requirements]
    return "\n".join(lines) + "\n"


def _workshop(question: Question, catalog: Catalog) -> Execute:
    interpreter = Interpreter.parse(question.python)
    request = Request(
        requirements=question.requirements,
        platform=X86_64,
        interpreters=(interpreter,),
        exclude_newer=question.moment,
    )
    build = Runtime.build(
        request.build_arch, request.build_glibc, interpreter, target=request.platform
    )
    return Workshop(
        request=request,
        catalog=catalog,
        recipes=Recipes(()),
        interpreter=interpreter,
        runtime=build,
        here=build,
        hooks=hooks("auto", _complain),
    ).metadata


def told(recording: Recording) -> str:
    """What the two answers differ in."""
    ours = versions(recording.question.solved(PinnedIndex(recording)))
    found = differences(ours, recording.pins).items()
    return ", ".join(f"{name} {a} (uv {b})" for name, (a, b) in found) or "none"


def write_table() -> None:
    """Replace the table on the page."""
    rows = []
    for name in recorded():
        recording = Recording.load(name)
        asked = recording.question
        words = " ".join(f"`{text}`" for text in asked.requirements)
        rows.append((words, asked.python, asked.day, str(len(recording.pins)), told(recording)))
    made = table(["asked for", "Python", "as of", "packages", "differences"], rows)
    page = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(replace_section(page, "pins", made), encoding="utf-8")
    _say(made)


def _run(command: list[str], given: str = "") -> str:
    done = subprocess.run(command, input=given, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(command[:5])} …: {done.stderr.strip()}")
    return done.stdout


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _complain(message: str) -> None:
    sys.stderr.write(message + "\n")


if __name__ == "__main__":
    main()
