"""`porter serve` on a real socket: installers, watchers, signals, clients that do not behave."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import closing
from pathlib import Path
from typing import IO, Any

import pytest

from e2e.serving import served
from fakes.attempts import attempt
from fakes.wheels import make_wheel
from porter.errors import SurroundingsError, UsageError
from porter.graph import encode
from porter.run import Journal
from porter.serve import bind
from unit.graph.plans import needs, node, plan

pytestmark = pytest.mark.e2e

LEAF, TOP = node("leaf"), node("top")
WHEEL = "big-1.0-py3-none-any.whl"


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    (tmp_path / "graphs").mkdir()
    (tmp_path / "graphs" / "top.json").write_bytes(
        encode(plan([LEAF, TOP], needs(TOP, LEAF), "top"))
    )
    make_wheel(tmp_path / "wheelhouse", WHEEL, {"big.bin": os.urandom(8 << 20)})
    return tmp_path


def get(port: int, path: str) -> bytes:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
        body: bytes = answer.read()
        return body


def connect(port: int, path: str) -> socket.socket:
    made = socket.create_connection(("127.0.0.1", port), timeout=10)
    made.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
    return made


def event(stream: IO[bytes]) -> tuple[str, dict[str, Any]]:
    """The next event, and its data."""
    name = ""
    for line in stream:
        if line.startswith(b"event: "):
            name = line[7:].strip().decode()
        elif line.startswith(b"data: "):
            return name, json.loads(line[6:])
    raise EOFError


def token(page: bytes) -> str:
    return page.partition(b'"events":"events?since=')[2].partition(b'"')[0].decode()


def test_a_page_follows_a_run_and_hears_only_what_changed(workspace: Path) -> None:
    with served(workspace) as (_, port):
        since = token(get(port, "/"))
        with urllib.request.urlopen(
            f"http://127.0.0.1:{port}/events?since={since}", timeout=20
        ) as stream:
            assert stream.headers["Content-Type"].startswith("text/event-stream")
            journal = Journal(workspace / ".porter" / "journal.sqlite")
            number = journal.begin(attempt(LEAF.id, outcome="running"))
            journal.enter(number, "build")
            name, news = event(stream)
            assert name == "state"
            (changed,) = news["nodes"]
            assert changed[0] == 0
            assert (changed[1]["state"], changed[1]["phase"]) == ("running", "build")
            journal.end(number, attempt(LEAF.id))
            _, news = event(stream)
            assert [node["state"] for _, node in news["nodes"]] == ["built"]


def test_another_plan_means_another_page(workspace: Path) -> None:
    with served(workspace) as (_, port):
        since = token(get(port, "/"))
        (workspace / "graphs" / "new.json").write_bytes(encode(plan([LEAF], [], "leaf")))
        with urllib.request.urlopen(
            f"http://127.0.0.1:{port}/events?since={since}", timeout=20
        ) as stream:
            assert event(stream) == ("plan", {})


def test_clients_that_never_read_hold_nobody_up(workspace: Path) -> None:
    with served(workspace) as (process, port):
        silent = [connect(port, f"/simple/big/{WHEEL}") for _ in range(20)]
        silent += [connect(port, "/events") for _ in range(20)]
        half = [socket.create_connection(("127.0.0.1", port)) for _ in range(20)]
        for one in half:
            one.sendall(b"GET / HT")
        time.sleep(0.5)
        before = _memory(process.pid)
        began = time.monotonic()
        for _ in range(50):
            assert b"big" in get(port, "/simple/")
        assert (
            len(get(port, f"/simple/big/{WHEEL}"))
            == (workspace / "wheelhouse" / WHEEL).stat().st_size
        )
        assert time.monotonic() - began < 10
        # 20 times 8 MB would be 160: what is not read is not kept in memory.
        assert _memory(process.pid) - before < 40 << 20
        for one in [*silent, *half]:
            one.close()


def _memory(pid: int) -> int:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_at_once_whoever_follows(workspace: Path, number: signal.Signals) -> None:
    with served(workspace) as (process, port):
        open_ones = [connect(port, "/events"), connect(port, f"/simple/big/{WHEEL}")]
        time.sleep(0.5)
        began = time.monotonic()
        process.send_signal(number)
        assert process.wait(timeout=10) == 130
        assert time.monotonic() - began < 5
        assert process.stderr is not None
        assert "Traceback" not in process.stderr.read()
        for one in open_ones:
            one.close()


def test_a_port_that_is_taken(workspace: Path) -> None:
    with closing(bind("127.0.0.1", 0).socket) as taken:
        port = str(taken.getsockname()[1])
        command = [sys.executable, "-m", "porter", "serve", "--port", port, "--workspace"]
        done = subprocess.run(
            [*command, str(workspace)],
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 4
    assert f"cannot listen on 127.0.0.1, port {port}" in done.stderr
    assert "--port N; 0 takes a free one" in done.stderr
    assert done.stdout == ""


def test_addresses() -> None:
    with closing(bind("127.0.0.1", 0).socket):
        pass
    everywhere = bind("0.0.0.0", 0)  # noqa: S104  # that is what is tried
    with closing(everywhere.socket):
        assert not everywhere.is_loopback
    with pytest.raises(UsageError, match="no such address"):
        bind("no such host.invalid", 0)
    with pytest.raises(SurroundingsError, match=r"cannot listen on 192\.0\.2\.1"):
        bind("192.0.2.1", 0)


def test_where_others_can_reach_it_a_warning_is_given(workspace: Path) -> None:
    with served(workspace, "--host", "0.0.0.0") as (process, port):  # noqa: S104  # that is what is tried
        assert get(port, "/simple/")
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=10) == 130
        assert process.stderr is not None
        assert "whoever can reach this address" in process.stderr.read()


def test_pip_and_uv_install_from_it(workspace: Path, tmp_path: Path) -> None:
    make_wheel(
        workspace / "wheelhouse", "small-2.0-py3-none-any.whl", {"small.py": "here = 2"},
        metadata="Requires-Dist: big\n",
    )  # fmt: skip
    with served(workspace) as (_, port):
        index = f"http://127.0.0.1:{port}/simple"
        pip = [sys.executable, "-m", "pip", "install", "--no-cache-dir", "--quiet"]
        uv = [str(Path(sys.executable).with_name("uv")), "pip", "install", "--no-cache", "--quiet"]
        for name, command in {"pip": pip, "uv": uv}.items():
            target = tmp_path / name
            subprocess.run(
                [*command, "--target", str(target), "--index-url", index, "small==2.0"], check=True
            )
            assert (target / "small.py").read_text() == "here = 2"
            assert (target / "big.bin").stat().st_size == 8 << 20


def test_pip_installs_from_it_on_the_target(workspace: Path) -> None:
    """In the target's image, under QEMU, as the README says it."""
    image = subprocess.run(
        ["docker", "images", "--quiet", "--filter", "reference=localhost/porter/bullseye-aarch64"],
        capture_output=True, text=True, check=True,
    ).stdout.split()[0]  # fmt: skip
    wheel = "demo-1.0-cp39-cp39-manylinux2014_aarch64.manylinux_2_17_aarch64.whl"
    make_wheel(workspace / "wheelhouse", wheel, {"demo.py": "print('it runs')"})
    with served(workspace) as (_, port):
        index = f"http://127.0.0.1:{port}/simple"
        # Debian keeps pip as a wheel, which runs as it is.
        pip = "PYTHONPATH=$(echo /usr/share/python-wheels/*.whl | tr ' ' :) python3 -m pip"
        script = (
            f"{pip} install -q --no-cache-dir --target /tmp/t --index-url {index} demo==1.0 && "
            "PYTHONPATH=/tmp/t python3 -m demo && uname -m"
        )
        done = subprocess.run(
            ["docker", "run", "--rm", "--network=host", "--platform=linux/arm64", image,
             "sh", "-c", script],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
    assert done.stdout == "it runs\naarch64\n", done.stderr


def test_pip_refuses_a_wheel_that_was_changed_on_its_way(workspace: Path, tmp_path: Path) -> None:
    """The hash in the page is that of the file when the page was made."""
    with served(workspace) as (_, port):
        page = get(port, "/simple/big/")
        assert b"#sha256=" in page
        wrong = page.replace(b"#sha256=", b"#sha256=0000").replace(
            b'href="', f'href="http://127.0.0.1:{port}/simple/big/'.encode()
        )
        (tmp_path / "links.html").write_bytes(wrong)
        command = [sys.executable, "-m", "pip", "install", "--no-index", "--no-cache-dir"]
        links = ["--find-links", str(tmp_path / "links.html"), "--target", str(tmp_path / "t")]
        done = subprocess.run(
            [*command, *links, "big"], capture_output=True, text=True, check=False
        )
        assert done.returncode != 0
        assert "HASH" in done.stderr
