"""What every engine does: the fake, containers and namespaces pass the same tests.

A module that holds an engine to it subclasses `EngineContract` and gives the fixtures `engine` and
`root`, a root with a POSIX shell; `RealEngineContract` adds what only a real engine can show.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Protocol

import pytest

from porter.engine import Engine, Limits, Mount, Root, Step
from porter.errors import EngineError

SLEEP = str(100_000 + os.getpid())
"""A number of seconds nobody else sleeps, not even another run of these tests."""


class Stoppable(Engine, Protocol):
    def stop(self) -> None: ...


def shell(root: Root, script: str, name: str = "step") -> Step:
    return Step(name, ("/bin/sh", "-c", script), root)


def ran(engine: Engine, step: Step) -> tuple[int, bytes]:
    chunks: list[bytes] = []
    ended = engine.run(step, chunks.append)
    return ended.code, b"".join(chunks)


def asleep() -> bool:
    """Whether a `sleep` of ours runs anywhere on this machine."""
    return bool(sleepers())


def sleepers() -> list[int]:
    """The processes that name a `sleep` of ours, the oldest first: what launches it, and itself."""
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                words = (folder / "cmdline").read_bytes().split(b"\0")
            except (FileNotFoundError, ProcessLookupError):
                continue
            if SLEEP.encode() in words:
                found.append(int(folder.name))
    return sorted(found)


def wait_until(sleeping: bool) -> bool:  # noqa: FBT001 - reads as a sentence where it is called
    """Whether a `sleep` of ours appears (or is gone) within ten seconds."""
    deadline = time.monotonic() + 10
    while asleep() is not sleeping:
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


class EngineContract:
    """The part a fake can keep too. The step's names are those a fake is scripted by."""

    def test_a_failing_command_is_an_exit_status(self, engine: Engine, root: Root) -> None:
        assert ran(engine, shell(root, "exit 3", "exit-3")) == (3, b"")

    def test_output_and_errors_come_together_in_order(self, engine: Engine, root: Root) -> None:
        script = "echo one; sleep 0.3; echo two >&2; sleep 0.3; echo three"
        assert ran(engine, shell(root, script, "in-order")) == (0, b"one\ntwo\nthree\n")

    def test_writable_mounts_are_writable(self, engine: Engine, root: Root, tmp_path: Path) -> None:
        step = shell(root, "echo made > /porter/out/file", "write")
        code, _ = ran(
            engine, replace(step, mounts=(Mount(tmp_path, "/porter/out", writable=True),))
        )
        assert code == 0
        assert (tmp_path / "file").read_text() == "made\n"
        assert (tmp_path / "file").stat().st_uid == os.getuid()

    def test_time_is_limited(self, engine: Engine, root: Root) -> None:
        step = replace(shell(root, f"sleep {SLEEP}", "sleep"), limits=Limits(seconds=0.7))
        ended = engine.run(step, lambda _: None)
        assert ended.timed_out
        assert not ended.silent
        assert ended.code == 137
        assert ended.seconds < 10
        assert not asleep()

    def test_silence_is_limited(self, engine: Engine, root: Root) -> None:
        script = f"sleep {SLEEP} & echo go; sleep {SLEEP}"
        limits = Limits(seconds=60, silence=0.7)
        ended = engine.run(
            replace(shell(root, script, "fall-silent"), limits=limits), lambda _: None
        )
        assert (ended.timed_out, ended.silent, ended.code) == (True, True, 137)
        assert ended.seconds < 20
        assert wait_until(sleeping=False)

    def test_a_missing_mount_source_is_porters_trouble(
        self, engine: Engine, root: Root, tmp_path: Path
    ) -> None:
        step = replace(shell(root, ":"), mounts=(Mount(tmp_path / "none", "/porter/in"),))
        with pytest.raises(EngineError, match="none, to be mounted, does not exist"):
            ran(engine, step)


class RealEngineContract(EngineContract):
    def test_output_is_binary_safe(self, engine: Engine, root: Root) -> None:
        script = r"printf '\000\001\377\376\r\n\033'"
        assert ran(engine, shell(root, script)) == (0, b"\0\1\xff\xfe\r\n\x1b")

    def test_much_output_comes_whole(self, engine: Engine, root: Root) -> None:
        code, output = ran(engine, shell(root, "head -c 3000000 /dev/zero"))
        assert (code, len(output)) == (0, 3_000_000)

    def test_output_streams(self, engine: Engine, root: Root) -> None:
        times: list[float] = []
        engine.run(shell(root, "echo a; sleep 1; echo b"), lambda _: times.append(time.monotonic()))
        assert times[-1] - times[0] > 0.5

    def test_a_missing_command_is_an_exit_status(self, engine: Engine, root: Root) -> None:
        code, _ = ran(engine, Step("step", ("/no/such/program",), root))
        assert code == 127

    def test_a_signal_is_an_exit_status(self, engine: Engine, root: Root) -> None:
        code, _ = ran(engine, shell(root, "kill -TERM $$"))
        assert code == 128 + signal.SIGTERM

    @pytest.mark.parametrize("which", [0, -1])
    def test_what_was_killed_from_outside_is_told(
        self, engine: Engine, root: Root, which: int
    ) -> None:
        """Whether it is the command itself, or what launched it."""

        def kill() -> None:
            if wait_until(sleeping=True):
                time.sleep(0.5)  # until all of the launchers stand
                os.kill(sleepers()[which], signal.SIGKILL)

        killer = threading.Thread(target=kill)
        killer.start()
        ended = engine.run(Step("step", ("sleep", SLEEP), root), lambda _: None)
        killer.join()
        assert (ended.code, ended.killed) == (137, True)
        assert wait_until(sleeping=False)

    def test_the_environment_is_the_steps_alone(
        self, engine: Engine, root: Root, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("PORTER_SECRET", "token")
        odd = "a b\n$HOME '\"\\"
        code, output = ran(engine, replace(shell(root, "cat /proc/self/environ"), env={"ODD": odd}))
        assert code == 0
        pairs = dict(pair.split(b"=", 1) for pair in output.split(b"\0") if pair)
        assert pairs[b"ODD"] == odd.encode()
        names = set(pairs)
        allowed = {b"ODD", b"PATH", b"HOME", b"PWD", b"HOSTNAME", b"container", b"OLDPWD", b"SHLVL"}
        assert names <= allowed | {b"_"}
        assert {b"ODD", b"PATH", b"HOME"} <= names

    def test_home_and_tmp_are_writable_and_executable(self, engine: Engine, root: Root) -> None:
        script = """
        for folder in /tmp "$HOME"; do
            printf '#!/bin/sh\\necho ran\\n' > $folder/x; chmod +x $folder/x; $folder/x
        done"""
        assert ran(engine, shell(root, script)) == (0, b"ran\nran\n")

    def test_nothing_stays_in_tmp(self, engine: Engine, root: Root) -> None:
        ran(engine, shell(root, "echo x > /tmp/x; echo x > $HOME/x"))
        assert ran(engine, shell(root, "ls -A /tmp $HOME | grep x")) == (1, b"")

    def test_read_only_means_so(self, engine: Engine, root: Root, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("given")
        step = shell(root, "cat /porter/in/file; echo x > /porter/in/file || echo refused")
        _, output = ran(engine, replace(step, mounts=(Mount(tmp_path, "/porter/in"),)))
        assert b"given" in output
        assert b"refused\n" in output
        assert (tmp_path / "file").read_text() == "given"

    def test_the_root_is_read_only(self, engine: Engine, root: Root) -> None:
        script = "for f in / /usr /etc /bin /porter; do echo x > $f/porter-x && echo $f; done"
        _, output = ran(engine, shell(root, f"({script}) 2>/dev/null; :"))
        assert output == b""

    def test_mounts_may_lie_in_mounts(self, engine: Engine, root: Root, tmp_path: Path) -> None:
        inner, outer = tmp_path / "inner", tmp_path / "outer"
        inner.mkdir()
        (outer / "deep").mkdir(parents=True)
        mounts = (Mount(inner, "/porter/work/deep", writable=True), Mount(outer, "/porter/work"))
        ran(engine, replace(shell(root, "echo x > /porter/work/deep/f"), mounts=mounts))
        assert (inner / "f").exists()

    def test_a_file_can_be_mounted_anywhere(
        self, engine: Engine, root: Root, tmp_path: Path
    ) -> None:
        (tmp_path / "f").write_text("content")
        mounts = (Mount(tmp_path / "f", "/opt/porter/deep/file"),)
        step = replace(shell(root, "cat /opt/porter/deep/file"), mounts=mounts)
        assert ran(engine, step) == (0, b"content")

    def test_the_processor_can_be_another(self, engine: Engine, root: Root, tmp_path: Path) -> None:
        (tmp_path / "cpuinfo").write_text("Features\t: fp asimd\n")
        mounts = (Mount(tmp_path / "cpuinfo", "/proc/cpuinfo"),)
        step = replace(shell(root, "cat /proc/cpuinfo; test -e /proc/self/stat"), mounts=mounts)
        assert ran(engine, step) == (0, b"Features\t: fp asimd\n")

    def test_the_working_folder(self, engine: Engine, root: Root, tmp_path: Path) -> None:
        step = replace(shell(root, "pwd"), cwd="/porter/w", mounts=(Mount(tmp_path, "/porter/w"),))
        assert ran(engine, step) == (0, b"/porter/w\n")

    def test_there_is_no_network(self, engine: Engine, root: Root) -> None:
        script = "grep -c : /proc/net/dev; grep -c lo: /proc/net/dev; wc -l < /proc/net/route"
        _, output = ran(engine, shell(root, script))
        interfaces, loopbacks, routes = output.split()
        assert (interfaces, loopbacks) == (b"1", b"1")
        assert int(routes) <= 1  # its heading

    def test_there_are_no_capabilities(self, engine: Engine, root: Root) -> None:
        _, output = ran(engine, shell(root, "grep -E 'Cap(Prm|Eff|Amb)|NoNew' /proc/self/status"))
        values = [line.split()[1] for line in output.splitlines()]
        assert values == [b"0" * 16] * 3 + [b"1"]

    def test_standard_input_is_empty(self, engine: Engine, root: Root) -> None:
        assert ran(engine, shell(root, "cat")) == (0, b"")

    def test_what_the_command_leaves_running_ends_with_it(self, engine: Engine, root: Root) -> None:
        started = time.monotonic()
        assert ran(engine, shell(root, f"sleep {SLEEP} & exit 4")) == (4, b"")
        assert time.monotonic() - started < 20
        assert wait_until(sleeping=False)

    def test_a_timeout_kills_what_closed_its_output(self, engine: Engine, root: Root) -> None:
        script = f"exec >/dev/null 2>&1; sleep {SLEEP} & sleep {SLEEP}"
        ended = engine.run(replace(shell(root, script), limits=Limits(seconds=0.7)), lambda _: None)
        assert ended.timed_out
        assert wait_until(sleeping=False)

    def test_what_writes_now_and_then_is_not_silent(self, engine: Engine, root: Root) -> None:
        script = "for i in 1 2 3 4 5 6; do echo $i; sleep 0.4; done"
        ended = engine.run(replace(shell(root, script), limits=Limits(silence=1.5)), lambda _: None)
        assert (ended.timed_out, ended.code) == (False, 0)

    def test_silence_ends_what_closed_its_output(self, engine: Engine, root: Root) -> None:
        script = f"exec >/dev/null 2>&1; sleep {SLEEP}"
        ended = engine.run(replace(shell(root, script), limits=Limits(silence=0.7)), lambda _: None)
        assert ended.silent
        assert wait_until(sleeping=False)

    def test_an_exception_in_the_output_kills(self, engine: Engine, root: Root) -> None:
        def full(_: bytes) -> None:
            raise OSError("no space left on device")

        with pytest.raises(OSError, match="no space"):
            engine.run(shell(root, f"sleep {SLEEP} & echo go; sleep {SLEEP}"), full)
        assert wait_until(sleeping=False)

    def test_ctrl_c_kills(self, engine: Engine, root: Root) -> None:
        """As the main thread gets it: in the middle of a step that says nothing."""
        timer = threading.Timer(1.5, os.kill, (os.getpid(), signal.SIGINT))
        timer.start()
        with pytest.raises(KeyboardInterrupt):
            engine.run(shell(root, f"sleep {SLEEP} & sleep {SLEEP}"), lambda _: None)
        timer.join()
        assert wait_until(sleeping=False)

    def test_stop_kills_in_other_threads(self, engine: Stoppable, root: Root) -> None:
        ended: list[BaseException] = []

        def work() -> None:
            try:
                engine.run(shell(root, f"sleep {SLEEP}"), lambda _: None)
            except KeyboardInterrupt as error:
                ended.append(error)

        thread = threading.Thread(target=work)
        thread.start()
        assert wait_until(sleeping=True)
        engine.stop()
        thread.join(20)
        assert len(ended) == 1
        assert wait_until(sleeping=False)


def run_and_kill(program: str) -> None:
    """Start a Python program that runs a sleeping step; once it sleeps, SIGKILL the Python."""
    process = subprocess.Popen([sys.executable, "-c", program])
    try:
        assert wait_until(sleeping=True)
    finally:
        process.kill()
        process.wait()
