"""Compilers of all builds keep to the machine's cores: the real programs, real locks.

In the compiler's place stands a script that notes when it begins and ends.
"""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from fakes.sysroot import PLATFORM
from porter.toolchain import flags, tools
from porter.toolchain.flags import Target

CORES = 2
_COMPILER = """#!/bin/sh
echo begin >> {log}
case "$*" in *nested*) {wrapper} inner.c -c || exit 1;; esac
case "$*" in *named-*) echo "$*" | grep -o 'named-[0-9]' | head -n 1 >> {log};; esac
case "$*" in *forever*) exec sleep 60;; esac
sleep 0.1
echo end >> {log}
"""


@dataclass(frozen=True)
class Machine:
    """A folder of compilers, and what they have noted."""

    program: Path
    log: Path
    path: str

    def start(self, *words: str) -> subprocess.Popen[bytes]:
        env = {"PATH": self.path}
        return subprocess.Popen([self.program, *words], env=env, stderr=subprocess.PIPE)

    def run(self, *words: str) -> None:
        with self.start(*words) as process:
            assert process.wait(20) == 0, process.stderr and process.stderr.read()

    @property
    def most(self) -> int:
        """The most compilers that ran at once."""
        running, most = 0, 0
        for line in self.log.read_text().splitlines():
            running += 1 if line == "begin" else -1
            most = max(most, running)
        return most


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


def _wrapper(folder: Path, cache: Path, target: Target, cores: Path) -> Machine:
    compiler, log = folder / "zig", folder / "log"
    config = flags.config_header(target).replace("/porter/toolchain/zig/zig", str(compiler))
    built = tools.build(
        PLATFORM, config.replace("/porter/toolchain/cores", str(cores)), cache, has_fortran=False
    )
    compiler.write_text(_COMPILER.format(log=log, wrapper=built / "cc"))
    compiler.chmod(0o755)
    return Machine(built / "cc", log, "/usr/bin:/bin")


def _launcher(folder: Path, cache: Path, cores: Path) -> Machine:
    place, image, log = folder / "launcher", folder / "image", folder / "log"
    place.symlink_to(tools.launcher(cache, cores=str(cores), place=str(place)))
    image.mkdir()
    compiler = image / "gcc"
    compiler.write_text(_COMPILER.format(log=log, wrapper=place / "gcc"))
    compiler.chmod(0o755)
    return Machine(place / "gcc", log, f"{place}:/nowhere:{image}:/usr/bin:/bin")


Make = Callable[[int], Machine]


@pytest.fixture(params=["wrapper", "launcher"])
def make(request: pytest.FixtureRequest, tmp_path: Path, cache: Path, target: Target) -> Make:
    def machine(count: int) -> Machine:
        cores = tmp_path / "cores"
        cores.symlink_to(tools.cores(count, cache))
        if request.param == "launcher":
            return _launcher(tmp_path, cache, cores)
        return _wrapper(tmp_path, cache, target, cores)

    return machine


@pytest.fixture
def cleared() -> Iterator[list[subprocess.Popen[bytes]]]:
    started: list[subprocess.Popen[bytes]] = []
    yield started
    for process in started:
        with process:
            process.kill()


def test_builds_together_never_run_more_compilers_than_cores(make: Make) -> None:
    machine = make(CORES)
    builds = [machine.start("-c", f"{build}-{n}.c") for build in "ab" for n in range(4)]
    for process in builds:
        with process:
            assert process.wait(20) == 0
    assert machine.most == CORES
    assert machine.log.read_text().count("end") == 8


def test_what_a_compiler_starts_needs_no_core_of_its_own(make: Make) -> None:
    machine = make(1)
    machine.run("-c", "nested.c")
    assert machine.most == 2


def test_a_compiler_that_is_killed_gives_its_core_back(
    make: Make, cleared: list[subprocess.Popen[bytes]]
) -> None:
    machine = make(1)
    first = machine.start("-c", "forever.c")
    cleared.append(first)
    while not machine.log.exists():
        time.sleep(0.01)
    waiting = machine.start("-c", "a.c")
    cleared.append(waiting)
    with pytest.raises(subprocess.TimeoutExpired):
        waiting.wait(0.3)
    first.kill()
    assert waiting.wait(20) == 0


def test_who_waits_longest_is_next(make: Make, cleared: list[subprocess.Popen[bytes]]) -> None:
    machine = make(1)
    holds = machine.start("-c", "forever.c")
    cleared.append(holds)
    while not machine.log.exists():
        time.sleep(0.01)
    waiting = []
    for number in range(5):
        waiting.append(machine.start("-c", f"named-{number}.c"))
        cleared.append(waiting[-1])
        _wait_until_queued(waiting[-1])
    holds.kill()
    for process in waiting:
        assert process.wait(20) == 0
    named = [line for line in machine.log.read_text().splitlines() if line.startswith("named")]
    assert named == [f"named-{number}" for number in range(5)]


def _wait_until_queued(process: subprocess.Popen[bytes]) -> None:
    """The kernel names it in its list of locks and of those that wait for them (proc(5))."""
    for _ in range(1000):
        lines = Path("/proc/locks").read_text().splitlines()
        if any(str(process.pid) in line.split() for line in lines):
            return
        time.sleep(0.01)
    pytest.fail("it does not wait for a lock")


def test_the_preprocessor_waits_for_nobody(
    make: Make, cleared: list[subprocess.Popen[bytes]]
) -> None:
    """In ``cc -E a.c | cc -c -`` it would wait for the one that waits for it."""
    machine = make(1)
    cleared.append(machine.start("-c", "forever.c"))
    while not machine.log.exists():
        time.sleep(0.01)
    machine.run("-E", "a.c")


def test_without_the_folder_nobody_waits(tmp_path: Path, cache: Path, target: Target) -> None:
    machine = _wrapper(tmp_path, cache, target, tmp_path / "none")
    machine.run("-c", "a.c")


def test_a_compiler_that_is_not_there_is_named(tmp_path: Path, cache: Path) -> None:
    place = tools.launcher(cache)
    env = {"PATH": str(tmp_path)}
    done = subprocess.run([place / "g++"], env=env, capture_output=True, check=False)
    assert done.returncode == 1
    assert b"g++: not found" in done.stderr


def test_the_programs_compile_without_a_warning(tmp_path: Path) -> None:
    assert (tools.launcher(tmp_path) / "gcc").is_symlink()
    assert sorted(path.name for path in tools.cores(3, tmp_path).iterdir()) == [
        *("0", "1", "2"),
        "next",
    ]
