"""Asks build backends while planning, in the sandbox: `porter.resolve.Hooks` for real.

The backend runs on the build platform's Python, in the environment its build would have, without a
network, and without compilers: it is only asked, nothing is built. Answers are kept by all that
they depend on, and so are failures, for this version of porter: the next may ask better.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol, TypeVar

from porter import __version__
from porter.build import Job, clear, metadata_of, requires_for_build
from porter.diagnose import diagnose
from porter.engine import Engine, Limits, Output, Root
from porter.engine.owner import Owner
from porter.engine.stage import left_behind
from porter.errors import LimitMet, StepFailed
from porter.index.atomic import write_whole
from porter.index.digest import sha256_of
from porter.model import Interpreter, Platform
from porter.recipes import digest_of
from porter.resolve import Question
from porter.run.failures import OF_THE_MOMENT
from porter.run.meter import Meter
from porter.toolchain import Toolchain

_LIMITS = Limits(seconds=300)
# Chunks of output, and characters of its last line, that are kept for the reason of a failure.
_KEPT = 64
_LONGEST = 200
_NO_TOOLS = Toolchain(digest="none", mounts=(), env={})
# A fixed day: whatever a backend makes of SOURCE_DATE_EPOCH, the answer is the same tomorrow.
_DAY = datetime(1980, 1, 1, tzinfo=UTC)

_SCRATCH = ".ask-"
"""How the names of folders begin in which backends are asked."""
_WHAT = {".json": "what it needs", ".metadata": "what its wheel will require"}
"""What is asked for, by the ending under which its answer is kept."""

T_co = TypeVar("T_co", covariant=True)


class _Ask(Protocol[T_co]):
    def __call__(self, job: Job, *, engine: Engine, output: Output) -> T_co: ...


Sandbox = Callable[[Platform, Interpreter], tuple[Engine, Root]]
"""Where the build platform's Python of a version can be run; raises `SurroundingsError`."""


class BackendHooks:
    """Runs hooks in a sandbox that is looked for when the first question comes.

    With `refresh`, a hook that failed in an earlier process is run again, once.
    """

    def __init__(
        self,
        sandbox: Sandbox,
        *,
        cache: Path,
        notice: Callable[[str], None],
        refresh: bool = False,
    ) -> None:
        self._sandbox = sandbox
        self._folder = cache / "hooks"
        self._notice = notice
        self._refresh = refresh
        self._failed: set[Path] = set()
        """Where the failures of this process are kept."""

    def requires_for_build(self, question: Question) -> tuple[str, ...]:
        """See `porter.resolve.Hooks`."""
        place = self._folder / f"{_key('get_requires_for_build_wheel', question)}.json"
        if not place.is_file():
            answer = self._ask(question, requires_for_build, place)
            write_whole(place, json.dumps(answer).encode())
        return tuple(json.loads(place.read_bytes()))

    def metadata(self, question: Question) -> bytes:
        """See `porter.resolve.Hooks`."""
        place = self._folder / f"{_key('prepare_metadata_for_build_wheel', question)}.metadata"
        if not place.is_file():
            write_whole(place, self._ask(question, metadata_of, place))
        return place.read_bytes()

    def _ask(self, question: Question, ask: _Ask[T_co], place: Path) -> T_co:
        engine, root = self._sandbox(question.platform, question.interpreter)
        # A root may be what is wrong, or porter: a failure is only theirs.
        whose = hashlib.sha256(f"{__version__} {root.digest}".encode()).hexdigest()
        failed = place.with_suffix(f".{whose}.failed")
        if failed.is_file() and (failed in self._failed or not self._refresh):
            raise StepFailed(**json.loads(failed.read_bytes()))
        what = _WHAT[place.suffix]
        self._notice(f"asking the build backend of {question.name} {what}, in a sandbox")
        with self._scratch() as scratch:
            try:
                return _told(ask, _job(question, root, scratch / "work"), Meter(engine))
            except LimitMet:
                raise
            except StepFailed as failure:
                if failure.rule not in OF_THE_MOMENT:
                    self._keep(failed, failure)
                raise

    @contextmanager
    def _scratch(self) -> Iterator[Path]:
        """A folder for one question; those of killed porters are removed."""
        self._folder.mkdir(parents=True, exist_ok=True)
        here = Owner.current()
        for left in left_behind(self._folder, here, _SCRATCH):
            clear(left)
        # Whatever a backend does to its folders, this kind can remove them.
        with tempfile.TemporaryDirectory(dir=self._folder, prefix=f"{_SCRATCH}{here}.") as folder:
            yield Path(folder)

    def _keep(self, place: Path, failure: StepFailed) -> None:
        told = {"reason": failure.reason, "context": failure.context, "hint": failure.hint}
        write_whole(place, json.dumps(told).encode())
        self._failed.add(place)


def _told(ask: _Ask[T_co], job: Job, engine: Engine) -> T_co:
    """Ask; a failure tells the last line the backend wrote."""
    written: deque[bytes] = deque(maxlen=_KEPT)
    try:
        return ask(job, engine=engine, output=written.append)
    except StepFailed as failure:
        lines = b"".join(written).decode(errors="replace").split("\n")
        last = next((line.strip() for line in reversed(lines) if line.strip()), "")
        printable = "".join(char for char in last if char.isprintable())[:_LONGEST]
        reason = f"{failure.reason}: {printable}" if printable else failure.reason
        found = diagnose(b"".join(written))
        raise type(failure)(
            reason,
            context=failure.context,
            hint=failure.hint,
            rule=found.rule.name if found else failure.rule,
        ) from failure


def _job(question: Question, root: Root, work: Path) -> Job:
    recipe = question.recipe
    triple = question.platform.arch.triple
    # None of the target's folders is there yet, in the way of whichever distribution.
    libdir = f"/usr/lib/{triple}"
    return Job(
        name=question.name,
        sdist=question.sdist,
        wheels=question.wheels,
        platform=question.platform,
        interpreter=question.interpreter,
        root=root,
        toolchain=_NO_TOOLS,
        work=work,
        timestamp=int(_DAY.timestamp()),
        env=recipe.environment(triple=triple, sysroot="", libdir=libdir) if recipe else {},
        config_settings=recipe.rules.config_settings if recipe else {},
        patches=recipe.patches if recipe else (),
        limits=_LIMITS,
    )


def _key(hook: str, question: Question) -> str:
    """The digest of everything the answer depends on, but for the root the Python comes from."""
    recipe = digest_of(question.recipe)
    facts = [hook, recipe, str(question.platform), question.interpreter.tag]
    files = [question.sdist, *sorted(question.wheels, key=lambda path: path.name)]
    return hashlib.sha256("\n".join([*facts, *map(sha256_of, files)]).encode()).hexdigest()
