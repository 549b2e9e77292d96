"""Builds what porter promises to build, and holds each result against what was promised.

``python benchmarks/cases.py [--fast] [--strategy NAME] [--workspace DIR] [NAME…]``: all of
cases.toml, or the named packages. The workspace (`.cases`, of a fixed strategy `.cases-NAME`) is
kept: run it again, and what is finished is only looked up, with the seconds it took when it was
built. The table goes into docs/explanation/cases.md, and so does the time of a whole list, from an
empty workspace to the last wheel verified, with its ratio to that of `auto`. SIGINT or SIGTERM ends
it after the case at hand, and it may be taken up again; a second signal ends it at once, and what
was spent on that case counts in vain.
"""

from __future__ import annotations

import argparse
import json
import re
import signal
import subprocess
import sys
import time
import tomllib
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import FrameType
from typing import Any

from packaging.utils import parse_wheel_filename

from lib.report import DOCS, machine, table, write_plain
from porter.images.catalogue import catalogue
from porter.model import ARCHITECTURES, Interpreter, Policy

HERE = Path(__file__).parent
CASES = HERE / "cases.toml"
PAGE = DOCS / "cases.md"
WORKSPACE = HERE.parent / ".cases"
TIMES = HERE.parent / ".cases-times.json"
EMULATED = "emulated"
STRATEGIES = ("cross", "accelerated", EMULATED)
WELL = ("built", "cached")
LEVELS = ("none", "import", "tests")
_ADDRESS = re.compile(r"https?://\S+")
HEAD = ("case", "outcome", "strategy", "seconds", "tag", "parity", "as promised")


@dataclass(frozen=True, slots=True)
class Case:
    """One entry of cases.toml, whose head says what the fields are."""

    requirement: str
    python: tuple[str, ...]
    shows: str
    arch: str = "aarch64"
    glibc: str = "2.17"
    from_source: tuple[str, ...] = ()
    constraints: tuple[str, ...] = ()
    modules: tuple[str, ...] = ()
    verify: str = "import"
    exit: int = 0
    outcomes: Mapping[str, str] = field(default_factory=dict)
    slow: bool = False

    @property
    def name(self) -> str:
        """The package asked for."""
        return self.requirement.partition("=")[0]

    @property
    def title(self) -> str:
        """What tells it from the others."""
        return f"{self.requirement} {', '.join(self.python)} {self.arch}"

    def expected(self) -> Mapping[str, str]:
        """By package: how it has to end."""
        return self.outcomes or {self.name: "built"}


def cases() -> tuple[Case, ...]:
    """All of them, in the order of the file."""
    entries = tomllib.loads(CASES.read_text("utf-8"))["case"]
    return tuple(
        Case(**{key.replace("-", "_"): _plain(v) for key, v in e.items()}) for e in entries
    )


def _plain(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def command(case: Case, workspace: Path, strategy: str | None = None) -> list[str]:
    """What a person would type."""
    words = [sys.executable, "-m", "porter", "build", case.requirement]
    words += [word for version in case.python for word in ("--python", version)]
    words += [word for name in case.from_source for word in ("--from-source", name)]
    words += ["--arch", case.arch, "--verify", case.verify, "--workspace", str(workspace)]
    if strategy:
        words += ["--strategy", strategy]
    if strategy == EMULATED:
        words += ["--policy", str(of_the_roots(case))]
    if case.constraints:
        file = workspace / f"{case.name}-constraints.txt"
        file.write_text("\n".join(case.constraints) + "\n", encoding="utf-8")
        words += ["-c", str(file)]
    return [*words, "--quiet", "--format", "json"]


def of_the_roots(case: Case) -> Policy:
    """What a root's own gcc may bind: the glibc of the oldest root of the case's interpreters."""
    asked = [Interpreter.parse(version) for version in case.python]
    suites = catalogue().suites_for(ARCHITECTURES[case.arch])
    return min(suite.policy for suite in suites if suite.interpreter in asked)


def run(case: Case, workspace: Path, strategy: str | None = None) -> dict[str, Any]:
    """Build a case; its exit status, its seconds as a whole, and porter's own account of it."""
    began = time.monotonic()
    with subprocess.Popen(
        command(case, workspace, strategy),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,  # a signal from the terminal is the benchmark's
    ) as porter:
        try:
            out, errors = porter.communicate()
        except SystemExit:
            # It stops its containers, and keeps what is finished.
            porter.terminate()
            porter.communicate()
            raise
    said = errors.decode(errors="replace").strip()
    try:
        ports = json.loads(out)["ports"]
    except ValueError:
        ports = []
    return {
        "exit": porter.returncode,
        "seconds": time.monotonic() - began,
        "ports": ports,
        "said": said.splitlines()[-1] if said and not ports else "",
    }


def remembered(now: dict[str, Any], before: dict[str, Any] | None) -> dict[str, Any]:
    """A result whose wheels were all there already, with the seconds they took when they came."""
    if before is None or not now["ports"] or now["exit"] != before["exit"]:
        return now
    made = {port["id"]: port for port in before["ports"] if port["outcome"] == "built"}
    same = [
        port["outcome"] != "built" and port["sha256"] == made.get(port["id"], port)["sha256"]
        for port in now["ports"]
    ]
    return before if all(same) else now


def troubles(case: Case, result: dict[str, Any], wheels: Path) -> Iterator[str]:
    """What is not as it was promised."""
    if result["exit"] != case.exit:
        yield f"exit status {result['exit']}"
    if not result["ports"]:
        yield result["said"]
    for name, ending in case.expected().items():
        ports = _of(name, result)
        if len(ports) != len(case.python):
            yield f"{name} is there for {len(ports)} of {len(case.python)} interpreters"
        for port in ports:
            yield from _port_troubles(case, port, ending, wheels)


def _of(name: str, result: dict[str, Any]) -> list[dict[str, Any]]:
    """The ports of a package for the target; those for the build platform serve builds alone."""
    return [
        port
        for port in result["ports"]
        if port["id"].partition("==")[0] == name and not port["id"].endswith(":build")
    ]


def _port_troubles(case: Case, port: dict[str, Any], ending: str, wheels: Path) -> Iterator[str]:
    if port["outcome"] not in (WELL if ending == "built" else (ending,)):
        yield f"{port['id']} {port['outcome']}: {port['reason']}"
    elif ending == "built":
        wheel = wheels / Path(port["wheel"]).name
        # Another case may have asked for more.
        if LEVELS.index(port["verified"]) < LEVELS.index(case.verify):
            yield f"{port['id']} verified: {port['verified']}"
        if (asked := glibc_of(wheel.name)) > _version(case.glibc):
            yield f"{wheel.name} asks for glibc {'.'.join(map(str, asked))}"
        if port["id"].partition("==")[0] == case.name:
            missing = [module for module in case.modules if not _holds(wheel, module)]
            yield from (f"{wheel.name} lacks {module}" for module in missing)


def glibc_of(filename: str) -> tuple[int, ...]:
    """The oldest glibc a wheel is for by its tags; of a pure one (0,)."""
    *_, tags = parse_wheel_filename(filename)
    found = [
        tuple(map(int, platform.split("_")[1:3]))
        for platform in {tag.platform for tag in tags}
        if platform.startswith("manylinux_")
    ]
    return min(found, default=(0,))


def _version(text: str) -> tuple[int, ...]:
    return tuple(map(int, text.split(".")))


def _holds(wheel: Path, module: str) -> bool:
    stem = module.replace(".", "/") + "."
    with zipfile.ZipFile(wheel) as archive:
        return any(name.startswith(stem) and name.endswith(".so") for name in archive.namelist())


def rows(case: Case, result: dict[str, Any], wrong: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """A case's lines in the table: one for each port it was promised for."""
    ports: list[Any] = [port for name in case.expected() for port in _of(name, result)]
    for number, port in enumerate(ports or [None]):
        first = f"{case.title}: {case.shows}" if number == 0 else ""
        # Addresses are those of whoever ran it.
        verdict = (_ADDRESS.sub("(address)", "; ".join(wrong)) or "yes") if number == 0 else ""
        yield (first, *_port_row(port), verdict)


def _port_row(port: dict[str, Any] | None) -> tuple[str, ...]:
    if port is None:
        return ("none", "", "", "", "")
    tag = Path(port["wheel"]).stem.split("-", 2)[-1] if port["wheel"] else ""
    seconds = f"{port['seconds']:.0f}" if port["outcome"] in WELL else ""
    return (
        f"{port['id']} {port['outcome']}",
        port["strategy"] or "",
        seconds,
        tag,
        port["parity"] or "",
    )


def main() -> int:
    """Run what was asked for; 1 where anything is not as promised."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--fast", action="store_true", help="leave out the slow ones")
    parser.add_argument("--strategy", choices=STRATEGIES, help="of all, and no ladder")
    parser.add_argument("--workspace", type=Path)
    asked = parser.parse_args()
    workspace: Path = asked.workspace or (
        WORKSPACE.with_name(f"{WORKSPACE.name}-{asked.strategy}") if asked.strategy else WORKSPACE
    )
    workspace.mkdir(parents=True, exist_ok=True)
    ending = Ending()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, ending)
    kept, spent = Kept(workspace / "cases.json"), Kept(workspace / "spent.json")
    known, bad = cases(), 0
    chosen = [
        case
        for case in known
        if (not asked.names or case.name in asked.names) and not (asked.fast and case.slow)
    ]
    for case in chosen:
        promised = case
        if asked.strategy == EMULATED:
            promised = replace(case, glibc="{}.{}".format(*of_the_roots(case).glibc))
        former = kept.values.get(case.title)
        ended = former is not None and not any(troubles(promised, former, workspace / "wheelhouse"))
        # What was broken off counts as well; what ended otherwise than promised begins anew.
        before = spent.values.get(case.title, 0.0) if former is None else 0.0
        began = time.monotonic()
        try:
            now = run(case, workspace, asked.strategy)
        finally:
            if not ended:
                spent.put(case.title, before + time.monotonic() - began)
        kept.put(case.title, remembered(now, former))
        wrong = list(troubles(promised, kept.values[case.title], workspace / "wheelhouse"))
        bad += bool(wrong)
        print(f"{case.title}: {'; '.join(wrong) or 'as promised'}", flush=True)
        if ending.asked:
            return 1
    write_whole_lists(asked.strategy or "auto", known, kept.values, spent.values)
    if not asked.strategy:
        ran = [case for case in known if case.title in kept.values]
        _write(ran, kept.values, workspace / "wheelhouse")
    return 1 if bad else 0


class Ending:
    """What signals do: the first lets the case at hand end, the second does not."""

    def __init__(self) -> None:
        self.asked = False

    def __call__(self, number: int, _: FrameType | None) -> None:
        """Handle a signal."""
        if self.asked:
            sys.exit(128 + number)
        self.asked = True
        print("ends after this case; once more: at once", file=sys.stderr, flush=True)


class Kept:
    """What a workspace's runs found, by a case's title; in a file after each case."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self.values: dict[str, Any] = json.loads(file.read_text("utf-8")) if file.exists() else {}

    def put(self, title: str, value: Any) -> None:
        """Keep, in the place of what was there."""
        self.values[title] = value
        self._file.write_text(json.dumps(self.values, indent=1), encoding="utf-8")


def write_whole_lists(
    strategy: str, known: Sequence[Case], ended: Mapping[str, Any], spent: Mapping[str, float]
) -> None:
    """Note what the lists took of which every case has ended, beside other strategies' times."""
    times = json.loads(TIMES.read_text("utf-8")) if TIMES.exists() else {}
    fast = [case for case in known if not case.slow]
    lists = {f"all {len(known)} cases": known, f"the {len(fast)} cases that are not slow": fast}
    for name, listed in lists.items():
        if all(case.title in ended and case.title in spent for case in listed):
            times.setdefault(name, {})[strategy] = sum(spent[case.title] for case in listed)
    if times:
        TIMES.write_text(json.dumps(times, indent=1, sort_keys=True), encoding="utf-8")
        write_plain("whole lists", f"{whole_lists(times)}\n\n{machine()}", PAGE)


def whole_lists(times: Mapping[str, Mapping[str, float]]) -> str:
    """A line for each list and strategy, with the ratio to the ladder's own choice (auto)."""
    lines = [
        (
            name,
            strategy,
            f"{seconds / 60:.1f}",
            f"{seconds / found['auto']:.1f}" if "auto" in found else "",
        )
        for name, found in times.items()
        for strategy, seconds in found.items()
    ]
    return table(("from an empty workspace", "strategy", "minutes", "ratio"), lines, text=2)


def _write(ran: Sequence[Case], kept: Mapping[str, Any], wheels: Path) -> None:
    lines = [
        row
        for case in ran
        for row in rows(case, kept[case.title], list(troubles(case, kept[case.title], wheels)))
    ]
    minutes = sum(kept[case.title]["seconds"] for case in ran) / 60
    note = (
        f"{len(ran)} of {len(cases())} cases, {minutes:.1f} minutes together when they were built."
    )
    write_plain("cases", f"{note}\n\n{table(HEAD, lines, text=len(HEAD))}\n\n{machine()}", PAGE)


if __name__ == "__main__":
    sys.exit(main())
