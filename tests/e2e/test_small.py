"""Small packages, several interpreters, and everything that can go wrong around them."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from e2e.command import Porter
from fakes.projects import Project, make_index
from faults import containers

pytestmark = pytest.mark.e2e

SMALL = ("build", "wrapt==1.12.1", "markupsafe==1.1.1", "--python", "3.9", "--python", "3.11")
# The index has a wheel of this one for cp39: it is fetched and verified, not built.
THERE = "markupsafe==1.1.1@cp39"
HELLO = {"porter-hello": Project()}


def test_two_packages_for_two_interpreters(porter: Porter) -> None:
    ports = porter.ports(*SMALL)
    assert len(ports) == 4
    assert ports[THERE]["outcome"] == "available"
    assert {port["outcome"] for name, port in ports.items() if name != THERE} == {"built"}
    assert {port["verified"] for port in ports.values()} == {"import"}
    wheels = sorted(path.name for path in (porter.workspace / "wheelhouse").glob("*.whl"))
    assert len(wheels) == 4
    assert all("aarch64" in name for name in wheels)
    again = porter.ports(*SMALL)
    assert again[THERE]["outcome"] == "available"
    assert {port["outcome"] for name, port in again.items() if name != THERE} == {"cached"}


@pytest.mark.parametrize("strategy", ["accelerated", "emulated"])
def test_the_target_s_own_python_builds_too(porter: Porter, strategy: str) -> None:
    words = ("build", "wrapt==1.12.1", "--python", "3.9", "--engine", "docker")
    (port,) = porter.ports(*words, "--strategy", strategy).values()
    assert (port["outcome"], port["strategy"]) == ("built", strategy)
    assert port["verified"] == "import"


def test_a_damaged_wheel_is_noticed(porter: Porter) -> None:
    words = ("build", "wrapt==1.12.1", "--python", "3.9")
    (first,) = porter.ports(*words).values()
    for folder in ("wheelhouse", ".porter/artifacts"):
        for wheel in (porter.workspace / folder).rglob("*.whl"):
            wheel.write_bytes(b"damaged")
    (second,) = porter.ports(*words).values()
    assert second["outcome"] == "built"
    assert second["sha256"] == first["sha256"]


def test_a_download_with_another_hash_fails_in_fetch_and_nothing_is_kept(
    porter: Porter, tmp_path: Path
) -> None:
    index = make_index(tmp_path / "index", HELLO, sha256="0" * 64)
    words = ("build", "porter-hello", "--python", "3.9", "--extra-index-url", index)
    (port,) = porter.ports(*words, status=1).values()
    assert (port["outcome"], port["phase"]) == ("failed", "fetch")
    assert "is not the file its index lists" in port["reason"]
    assert not list((porter.workspace / "wheelhouse").glob("*.whl"))


def test_the_same_file_with_its_own_hash_is_built(porter: Porter, tmp_path: Path) -> None:
    words = ("build", "porter-hello", "--python", "3.9")
    index = make_index(tmp_path / "index", HELLO)
    (port,) = porter.ports(*words, "--extra-index-url", index).values()
    assert (port["outcome"], port["verified"]) == ("built", "import")


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (("plan", "numpy==1.18.99"), 3, "1.18.5"),
        (("plan", "no-such-project-of-porter"), 3, "no-such-project-of-porter"),
        (("plan", "numpy=="), 2, "numpy=="),
        (("plan", "numpy", "--arch", "vax"), 2, "aarch64"),
        (("plan", "numpy", "--policy", "manylinux1"), 2, "manylinux2014"),
        (("plan", "numpy", "--python", "2.7"), 2, "3.9"),
        (("plan",), 2, "no requirement was given"),
        (("build", "graphs/none.json"), 2, "none.json"),
        (("log", "numpy"), 2, "porter build numpy"),
        (("plan", "numpy", "--index-url", "http://127.0.0.1:9/simple"), 4, "127.0.0.1:9"),
    ],
)
def test_bad_input_has_its_status_and_says_what_is_accepted(
    porter: Porter, words: tuple[str, ...], status: int, said: str
) -> None:
    done = porter(*words, status=status)
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_a_machine_without_engine_or_interpreter_is_told_what_to_do(porter: Porter) -> None:
    done = subprocess.run(
        porter.command("build", "wrapt==1.12.1", "--python", "3.9", "--engine", "docker"),
        env={**os.environ, "DOCKER_HOST": "unix:///nowhere/docker.sock"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 4
    assert "porter setup" in done.stderr


@pytest.mark.parametrize("engine", ["docker", "local"])
@pytest.mark.parametrize("by", [signal.SIGINT, signal.SIGTERM])
def test_a_stopped_run_leaves_nothing_behind(
    porter: Porter, engine: str, by: signal.Signals
) -> None:
    tree = ("numpy==1.18.5", "wrapt==1.11.2", "-j", "2", "--python", "3.9")
    words = ("build", *tree, "--engine", engine)
    with subprocess.Popen(
        porter.command(*words),
        stderr=subprocess.PIPE,
        text=True,
        # A shell's background job, such as CI may be, is started with SIGINT ignored.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),  # noqa: PLW1509  # no threads here
    ) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if "numpy==1.18.5@cp39: build" in line:
                break
        time.sleep(5)
        process.send_signal(by)
        process.stderr.read()
        assert process.wait(timeout=60) == 130
    assert containers([process.pid]) == []
    assert _processes_below(porter.workspace) == []


def _processes_below(workspace: Path) -> list[str]:
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "cmdline").read_bytes().decode(errors="replace")
        except OSError:
            continue
        if str(workspace) in words and int(folder.name) != os.getpid():
            found.append(words)
    return found
