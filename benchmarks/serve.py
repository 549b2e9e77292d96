"""Requests that `porter serve` answers, and the memory it takes; then everybody at once."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from playwright.sync_api import sync_playwright

from lib.load import load
from lib.past import workspace
from lib.report import table, write_section
from porter.graph import PortGraph, decode
from porter.run import Journal

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from fakes.attempts import attempt  # the fakes lie among the tests
from fakes.wheels import make_wheel

JSON = "application/vnd.pypi.simple.v1+json"
SECONDS = 5
CONNECTIONS = 16
WHEELS = 200


def main() -> None:
    """Measure, and write the table."""
    with tempfile.TemporaryDirectory() as folder:
        place = workspace(Path(folder), 100)
        for number in range(WHEELS):
            make_wheel(place.wheelhouse, f"p{number}-1-py3-none-any.whl", {f"p{number}.py": ""})
        with served(place.root) as (pid, port):
            load(port, "/simple/p0/", seconds=2, connections=CONNECTIONS, accept=JSON)
            rows = []
            before = memory(pid)
            for path in ("/simple/", "/simple/p0/", "/simple/p0/p0-1-py3-none-any.whl.metadata"):
                found = load(port, path, seconds=SECONDS, connections=CONNECTIONS, accept=JSON)
                rows.append(
                    (f"`{path}`", f"{found.rate:,.0f}", f"{1000 * found.slowest:.1f} ms",
                     f"{memory(pid) / 1e6:.0f} MB")
                )  # fmt: skip
            grown = (memory(pid) - before) / 1e6
            together = everybody(place.root, port, Path(folder) / "targets")
    made = table(["page", "requests/s", "slowest hundredth", "memory after it"], rows)
    text = (
        f"{WHEELS} wheels, {CONNECTIONS} connections, {SECONDS} s each, "
        "the client on the same machine. "
        f"Memory grew by {grown:.1f} MB during all of it.\n\n{made}\n\n{together}"
    )
    write_section("serve", text)
    print(text)


def _wait_until(is_so: Callable[[], bool], pause: Callable[[float], None]) -> None:
    """Ask again and again: the page's policy lets no script of playwright's wait inside of it."""
    for _ in range(300):
        if is_so():
            return
        pause(100)
    raise TimeoutError("the page heard nothing of the run for 30 s")


def everybody(root: Path, port: int, targets: Path) -> str:
    """pip and uv install and a browser follows while a run goes on."""
    over = threading.Event()
    run = threading.Thread(target=_runs, args=(root, over), daemon=True)
    run.start()
    index = f"http://127.0.0.1:{port}/simple"
    uv = str(Path(sys.executable).with_name("uv"))
    commands = {
        "pip": [sys.executable, "-m", "pip", "install", "--no-cache-dir", "-q"],
        "uv": [uv, "pip", "install", "--no-cache", "-q"],
    }
    names = [f"p{number}" for number in range(20)]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        page = browser.new_page()
        page.goto(f"http://127.0.0.1:{port}/")
        page.evaluate("window.heard = 0; new EventSource(data.events)"
                      ".addEventListener('state', () => { window.heard += 1; })")  # fmt: skip
        took = {}
        for name, command in commands.items():
            began = time.perf_counter()
            target = [*command, "--target", str(targets / name), "--index-url", index]
            subprocess.run([*target, *names], check=True)
            took[name] = time.perf_counter() - began
        _wait_until(lambda: page.evaluate("window.heard") >= 3, page.wait_for_timeout)
        browser.close()
    over.set()
    run.join()
    return (
        f"While a run goes on and a browser follows it, pip installs {len(names)} of them in "
        f"{took['pip']:.1f} s and uv in {took['uv']:.1f} s."
    )


def _runs(root: Path, over: threading.Event) -> None:
    """One port after the other begins and ends, ten each second."""
    journal = Journal(root / ".porter" / "journal.sqlite")
    ports = PortGraph(decode((root / "graphs" / "made-up.json").read_bytes())).ports()
    while not over.is_set():
        for port in ports:
            number = journal.begin(attempt(port.id, outcome="running", started=datetime.now(UTC)))
            journal.enter(number, "build")
            if over.wait(0.1):
                return
            journal.end(number, attempt(port.id))


@contextmanager
def served(root: Path) -> Iterator[tuple[int, int]]:
    """The command itself: its process and its port."""
    command = [sys.executable, "-m", "porter", "serve", "--port", "0", "--workspace", str(root)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        try:
            yield process.pid, int(line.split("/")[2].rpartition(":")[2])
        finally:
            process.terminate()


def memory(pid: int) -> int:
    """Bytes a process holds."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


if __name__ == "__main__":
    main()
