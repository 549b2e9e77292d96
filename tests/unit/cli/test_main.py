"""The command line over a use case that only writes down what it was called with."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from porter import app
from porter.app import Execution, Planned, Run, Selection
from porter.cli.main import COMMANDS, cli
from porter.errors import EngineError, IndexUnavailable, PorterError, ResolutionError, UsageError
from porter.model import Ending, Outcome, Phase, Strategy
from porter.run import PortEnded
from porter.run.events import Wrote
from unit.graph.plans import node, plan

BUILT = Outcome(
    "demo==1@cp39",
    Ending.BUILT,
    strategy=Strategy.CROSS,
    engine="docker",
    wheel="demo-1-cp39-cp39-manylinux2014_aarch64.whl",
    verified="import",
    modules=3,
)
FAILED = Outcome(
    "demo==1@cp39",
    Ending.FAILED,
    phase=Phase.BUILD,
    reason="gcc \x1b[31mfailed\x1b[0m",
    context="one\x1b]0;title\x07\ntwo\x9b2J",
    log=".porter/logs/demo/1.log",
)
SAID = "porter: planned\n"


@dataclass
class Called:
    """What `app.build` was called with, and what it shall do."""

    outcomes: tuple[Outcome, ...] = (BUILT,)
    error: BaseException | None = None
    selection: Selection = field(default_factory=Selection)
    execution: Execution = field(default_factory=Execution)
    workspace: Path | None = None
    wrote: bytes = b""

    def __call__(
        self, selection: Selection, execution: Execution, *, workspace: Path, notice: Any, sink: Any
    ) -> Run:
        self.selection, self.execution, self.workspace = selection, execution, workspace
        notice("planned")
        if self.error is not None:
            raise self.error
        sink(Wrote(node("demo"), self.wrote))
        for outcome in self.outcomes:
            sink(PortEnded(node("demo"), outcome))
        made = plan([node("demo")], [], "demo==1")
        return Run(Planned(made, workspace / "graphs" / "demo-1.json", b""), self.outcomes)


@pytest.fixture
def called(monkeypatch: pytest.MonkeyPatch) -> Called:
    called = Called()
    monkeypatch.setattr(app, "build", called)
    for name in [name for name in os.environ if name.startswith("PORTER_")]:
        monkeypatch.delenv(name)
    monkeypatch.delenv("NO_COLOR", raising=False)
    return called


def porter(
    folder: Path, *words: str, color: bool = False, env: Mapping[str, str] | None = None
) -> Result:
    arguments = [*words, "--workspace", str(folder)]
    return CliRunner().invoke(cli, arguments, color=color, env=env)


def build(folder: Path, *words: str, **more: Any) -> Result:
    return porter(folder, "build", "demo==1", *words, **more)


# --- results and statuses -------------------------------------------------------------------------


def test_standard_output_carries_the_result_alone(tmp_path: Path, called: Called) -> None:
    done = build(tmp_path)
    assert done.exit_code == 0
    assert f"✔ built      demo==1@cp39  wheelhouse/{BUILT.wheel}" in done.stdout
    assert "plan: graphs/demo-1.json" in done.stdout
    assert SAID not in done.stdout
    assert SAID in done.stderr
    assert called.workspace == tmp_path


def test_json_is_one_document(tmp_path: Path, called: Called) -> None:
    called.outcomes = (FAILED,)
    done = build(tmp_path, "--format", "json", "-v")
    assert done.exit_code == 1
    document = json.loads(done.stdout)
    assert document["counts"]["failed"] == 1
    (port,) = document["ports"]
    assert (port["outcome"], port["phase"], port["wheel"]) == ("failed", "build", None)


@pytest.mark.parametrize(
    ("ending", "status"),
    [
        (Ending.BUILT, 0),
        (Ending.CACHED, 0),
        (Ending.AVAILABLE, 0),
        (Ending.FAILED, 1),
        (Ending.BLOCKED, 1),
        (Ending.NO_SOURCE, 1),
    ],
)
def test_the_status_is_0_when_every_port_has_its_wheel(
    tmp_path: Path, called: Called, ending: Ending, status: int
) -> None:
    called.outcomes = (BUILT, Outcome("other==1@cp39", ending))
    assert build(tmp_path).exit_code == status


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (UsageError("no such file"), 2),
        (ResolutionError("no such release"), 3),
        (IndexUnavailable("no answer"), 4),
        (EngineError("no engine"), 4),
        (OSError(28, "No space left on device", "/wheelhouse"), 4),
    ],
)
def test_an_error_has_its_status_and_is_told_with_its_hint(
    tmp_path: Path, called: Called, error: Exception, status: int
) -> None:
    if isinstance(error, PorterError):
        error.context, error.hint = "because\x1b[2J of this", "do that"
    called.error = error
    done = build(tmp_path)
    assert (done.exit_code, done.stdout) == (status, "")
    assert str(error) in done.stderr
    if isinstance(error, PorterError):
        assert "  because of this\nhint: do that\n" in done.stderr


def test_a_fault_of_ours_is_not_hidden(tmp_path: Path, called: Called) -> None:
    called.error = ZeroDivisionError("a fault")
    assert isinstance(build(tmp_path).exception, ZeroDivisionError)


def test_a_failure_is_told_without_control_characters(tmp_path: Path, called: Called) -> None:
    called.outcomes = (FAILED,)
    done = build(tmp_path)
    assert "demo==1@cp39 in build after 0.0s: gcc failed" in done.stdout
    assert "\n    | one\n    | two2J\n" in done.stdout
    assert "porter log demo" in done.stdout
    assert "\x1b" not in done.output
    assert "\x9b" not in done.output


@pytest.mark.usefixtures("called")
def test_quiet_is_quiet(tmp_path: Path) -> None:
    assert build(tmp_path, "-q").stderr == ""


def test_what_steps_write_is_shown_when_asked_for(tmp_path: Path, called: Called) -> None:
    called.wrote = b"cc \x1b[31mx.c\nhalf a line"
    assert "x.c" not in build(tmp_path).stderr
    assert "demo==1@cp39 | cc x.c\ndemo==1@cp39 | half a line\n" in build(tmp_path, "-v").stderr
    assert "x.c" not in build(tmp_path, "-v", "-q").stderr


# --- settings -------------------------------------------------------------------------------------


def test_flags_go_before_the_environment_before_the_file(tmp_path: Path, called: Called) -> None:
    (tmp_path / "porter.toml").write_text(
        "python = ['3.7']\narch = 's390x'\nengine = 'local'\nverify = 'none'\ntimeout = 5\n"
    )
    env = {"PORTER_ENGINE": "podman", "PORTER_VERIFY": "tests"}
    assert build(tmp_path, "--verify", "import", env=env).exit_code == 0
    assert (called.selection.pythons, called.selection.arch) == (("3.7",), "s390x")
    assert (called.execution.engine, called.execution.verify) == ("podman", "import")
    assert called.execution.timeout == 5
    build(tmp_path, "--python", "3.9", "--python", "3.11", env={"PORTER_PYTHON": "3.8"})
    assert called.selection.pythons == ("3.9", "3.11")


def test_distributions_are_named_one_by_one_or_with_commas(tmp_path: Path, called: Called) -> None:
    build(tmp_path, "--verify-on", "debian:trixie, debian:bookworm", "--verify-on", "debian:trixie")
    assert list(called.execution.verify_on) == ["debian:trixie", "debian:bookworm"]
    (tmp_path / "porter.toml").write_text("verify-on = ['debian:bullseye']\n")
    build(tmp_path)
    assert list(called.execution.verify_on) == ["debian:bullseye"]


def test_a_file_named_goes_in_place_of_the_workspace_s(tmp_path: Path, called: Called) -> None:
    (tmp_path / "porter.toml").write_text("arch = 's390x'")
    (tmp_path / "other.toml").write_text("policy = 'manylinux_2_28'")
    assert build(tmp_path, "--config", str(tmp_path / "other.toml")).exit_code == 0
    assert (called.selection.arch, called.selection.policy) == ("aarch64", "manylinux_2_28")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("polcy = 'x'", "hint: Did you mean 'policy'?"),
        ("engine = 'dcoker'", "'dcoker' is not one of"),
        ("timeout = -1", "timeout"),
    ],
)
@pytest.mark.usefixtures("called")
def test_a_wrong_setting_is_wrong_usage(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "porter.toml").write_text(text)
    done = build(tmp_path)
    assert done.exit_code == 2
    assert said in done.stderr


def test_a_setting_of_another_command_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "porter.toml").write_text("engine = 'local'")
    assert "no plan in" in porter(tmp_path, "status").stderr


@pytest.mark.usefixtures("called")
@pytest.mark.parametrize(
    "words",
    [
        ["build", "demo", "--engine", "lxc"],
        ["build", "demo", "--timeout", "0"],
        ["build", "demo", "--exclude-newer", "yesterday"],
        ["nonsense"],
        ["log", "demo"],
    ],
)
def test_wrong_usage(tmp_path: Path, words: list[str]) -> None:
    done = porter(tmp_path, *words)
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr


@pytest.mark.usefixtures("called")
@pytest.mark.parametrize("value", ["abc", "0", "-1", "inf", "nan"])
@pytest.mark.parametrize("option", ["--timeout", "--max-silent-time"])
def test_a_time_is_a_number_of_seconds(tmp_path: Path, option: str, value: str) -> None:
    done = porter(tmp_path, "build", "demo", option, value)
    assert done.exit_code == 2
    assert f"'{option}': '{value}' is not a number of seconds" in done.stderr


# --- colour ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("terminal", "words", "env", "colored"),
    [
        (True, [], {}, True),
        (False, [], {}, False),
        (True, [], {"NO_COLOR": "1"}, False),
        (True, [], {"NO_COLOR": ""}, True),
        (True, ["--color", "never"], {}, False),
        (False, ["--color", "always"], {"NO_COLOR": "1"}, True),
        (False, [], {"PORTER_COLOR": "always"}, True),
    ],
)
@pytest.mark.parametrize("error", [None, UsageError("no")])
def test_colour_is_for_terminals_unless_told_otherwise(  # noqa: PLR0913 - columns of the table
    tmp_path: Path,
    called: Called,
    *,
    terminal: bool,
    words: list[str],
    env: dict[str, str],
    colored: bool,
    error: Exception | None,
) -> None:
    called.error = error
    done = build(tmp_path, *words, env=env, color=terminal)
    assert ("\x1b[" in done.stderr) is colored
    assert ("\x1b[" in done.stdout) is (colored and error is None)


# --- the process ----------------------------------------------------------------------------------


def process(*words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "porter", *words]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_the_program_itself() -> None:
    assert process("--version").stdout.startswith("porter, version ")
    shown = process("--help")
    assert shown.returncode == 0
    assert all(f"  {name} " in shown.stdout for name in COMMANDS)
    wrong = process("plan")
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert "Traceback" not in wrong.stderr


def test_what_is_slow_to_import_is_imported_when_it_is_needed() -> None:
    code = "import porter.cli.main, porter.cli.status, porter.cli.log, sys; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"rich", "networkx", "docker", "doit"} & set(done.stdout.split())


ENDING = """
import atexit, os, signal, sys
from porter.cli import main

def hit():
    for number in (signal.SIGINT, signal.SIGTERM):
        os.kill(os.getpid(), number)
    print("hit", flush=True)

atexit.register(hit)
sys.argv = ["porter", *sys.argv[1:]]
main()
"""


@pytest.mark.parametrize(
    ("words", "status"), [(["--version"], 0), (["status"], 2), (["build", "--jobs", "0"], 2)]
)
def test_a_signal_while_python_ends_does_not_change_the_status(
    tmp_path: Path, words: list[str], status: int
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", ENDING, *words],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
    )
    assert (done.returncode, done.stdout.splitlines()[-1]) == (status, "hit")
    assert "Traceback" not in done.stderr


INTERRUPTED = """
import sys, time
from porter import app
from porter.cli import main

def build(*_, **__):
    try:
        print("ready", flush=True)
        time.sleep(30)
    finally:
        time.sleep(0.5)
        print("cleared", flush=True)

app.build = build
sys.argv = ["porter", "build", "demo"]
main()
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_stopped_run_clears_up_undisturbed_and_ends_with_130(number: int) -> None:
    command = [sys.executable, "-c", INTERRUPTED]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True) as running:
        assert running.stdout is not None
        assert running.stdout.readline() == "ready\n"
        running.send_signal(number)
        with pytest.raises(subprocess.TimeoutExpired):
            running.wait(0.2)
        running.send_signal(number)
        stdout, stderr = running.communicate(timeout=20)
    assert (running.returncode, stdout) == (130, "cleared\n")
    assert "once more stops at once" in stderr
    assert "interrupted; finished work is kept" in stderr
