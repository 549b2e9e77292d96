from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from fakes.images import STATUS, debian_tar
from porter.errors import ImageError
from porter.images.bootstrap import (
    Finished,
    bootstrap,
    command,
    digest,
    read_packages,
    run_tool,
)
from porter.images.catalogue import Suite, catalogue
from porter.images.layout import read_environment
from porter.images.roots import ROOT
from porter.images.store import ImageInfo
from porter.model import ARCHITECTURES

ARM = ARCHITECTURES["aarch64"]


@pytest.fixture
def suite() -> Suite:
    return catalogue().suites[0]


class Tool:
    """mmdebstrap, as far as it concerns us: ends as told, then writes its tar."""

    def __init__(self, *failures: str) -> None:
        self.failures = list(failures)
        self.ran: list[tuple[str, ...]] = []

    def __call__(self, argv: Sequence[str]) -> Finished:
        self.ran.append(tuple(argv))
        if self.failures:
            return Finished(25, self.failures.pop(0))
        Path(argv[-1]).write_bytes(debian_tar())
        return Finished(0, "")


def made(tool: Tool, suite: Suite, scratch: Path, notices: list[str] | None = None) -> ImageInfo:
    (scratch / ROOT).mkdir()
    notice = notices.append if notices is not None else lambda _: None
    return bootstrap(suite, ARM, scratch, notice=notice, run=tool)


def test_the_root_honours_the_manylinux_contract(suite: Suite, tmp_path: Path) -> None:
    image = made(Tool(), suite, tmp_path)
    root = tmp_path / ROOT
    python = root / "opt/python/cp39-cp39/bin/python"
    assert python.resolve() == root / "usr/bin/python3.9"
    env = read_environment(root)
    assert env["AUDITWHEEL_PLAT"] == "manylinux_2_31_aarch64"
    assert env["AUDITWHEEL_POLICY"] == "manylinux_2_31"
    assert env["AUDITWHEEL_ARCH"] == "aarch64"
    assert (root / env["SSL_CERT_FILE"].lstrip("/")).read_text() == "ONE\nTWO\n"
    assert (image.name, image.suite, image.origin) == ("bullseye-aarch64", "bullseye", "debian")


def test_maintainer_scripts_work_is_done(suite: Suite, tmp_path: Path) -> None:
    made(Tool(), suite, tmp_path)
    root = tmp_path / ROOT
    assert (root / "bin/sh").resolve() == root / "bin/dash"
    assert (root / "etc/passwd").read_text().startswith("root:")
    assert (root / "etc/resolv.conf").read_text() == ""
    assert (root / "tmp").stat().st_mode & 0o7777 == 0o1777
    assert (root / "etc/ld.so.cache").read_bytes().startswith(b"glibc-ld.so.cache1.1")
    assert not (root / "usr/bin/awk").exists()  # no gawk in this one


def test_only_licences_are_left_of_the_documentation(suite: Suite, tmp_path: Path) -> None:
    made(Tool(), suite, tmp_path)
    share = tmp_path / ROOT / "usr/share"
    assert [path.name for path in (share / "doc/libc6").iterdir()] == ["copyright"]
    assert not (share / "man").exists()
    assert sorted(path.name for path in tmp_path.iterdir()) == [ROOT]


def test_the_command_asks_apt_to_check_and_names_no_mirror(suite: Suite) -> None:
    argv = command(suite, ARM, Path("/x/out.tar"))
    assert argv[-2:] == ("bullseye", "/x/out.tar")
    assert "--variant=extract" in argv
    assert "--architectures=arm64" in argv
    assert not any("trusted" in word or "://" in word or "security" in word for word in argv)


def test_without_the_security_archive_where_it_fails(suite: Suite, tmp_path: Path) -> None:
    tool, notices = Tool("E: Failed to fetch debian-security 404"), list[str]()
    made(tool, suite, tmp_path, notices)
    assert [any("--setup-hook" in word for word in argv) for argv in tool.ran] == [False, True]
    assert notices[1] == "Debian's security archive no longer serves bullseye: trying without it"


@pytest.mark.parametrize(
    ("said", "hint"),
    [
        ("E: NO_PUBKEY 0E98404D386FA1D9", "debian-archive-keyring"),
        ("E: Temporary failure resolving", "mirror reachable"),
    ],
)
def test_a_failure_shows_the_last_lines(suite: Suite, tmp_path: Path, said: str, hint: str) -> None:
    with pytest.raises(ImageError, match=r"Debian bullseye for aarch64 \(exit status 25\)") as e:
        made(Tool(f"first\n{said}\n"), suite, tmp_path)
    assert e.value.context.endswith(said)
    assert e.value.hint is not None
    assert hint in e.value.hint


def test_a_second_failure_is_reported(suite: Suite, tmp_path: Path) -> None:
    with pytest.raises(ImageError, match="exit status 25") as caught:
        made(Tool("E: security 404", "E: main 404"), suite, tmp_path)
    assert "main 404" in caught.value.context


def test_packages_without_the_interpreter_are_refused(tmp_path: Path) -> None:
    other = catalogue().suites[1]
    with pytest.raises(ImageError, match=r"hold no /usr/bin/python3\.11"):
        made(Tool(), other, tmp_path)


def test_the_digest_depends_on_packages_suite_and_architecture(suite: Suite) -> None:
    packages = read_packages(STATUS.decode())
    assert packages == [("bash", "5.1-2", "arm64"), ("libc6", "2.31-13", "arm64")]
    other = catalogue().suites[1]
    digests = {
        digest(suite, ARM, packages),
        digest(other, ARM, packages),
        digest(suite, ARCHITECTURES["x86_64"], packages),
        digest(suite, ARM, [("bash", "5.1-3", "arm64"), packages[1]]),
    }
    assert len(digests) == 4


def test_a_missing_tool_names_setup() -> None:
    with pytest.raises(ImageError, match="no-such-tool is missing") as caught:
        run_tool(["no-such-tool"])
    assert caught.value.hint == "Run: porter setup"


def test_a_tool_sees_a_clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", "/x")
    monkeypatch.setenv("http_proxy", "http://proxy.example")
    said = run_tool(["env"]).said
    assert "PYTHONPATH" not in said
    assert "http_proxy=http://proxy.example" in said


def test_a_failing_tool_is_a_value() -> None:
    assert run_tool(["sh", "-c", "echo why >&2; exit 3"]) == Finished(3, "why\n")


def test_a_tool_in_a_thread_is_gone_once_it_is_to_stop(tmp_path: Path) -> None:
    pid, stop = tmp_path / "pid", threading.Event()
    ended: list[BaseException] = []

    def run() -> None:
        try:
            run_tool(["sh", "-c", f"echo $$ > {pid}.new; mv {pid}.new {pid}; sleep 60"], stop=stop)
        except KeyboardInterrupt as error:
            ended.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    while not pid.exists():
        time.sleep(0.02)
    stop.set()
    thread.join(5)
    assert ended
    assert not Path(f"/proc/{pid.read_text().strip()}").exists()


def test_nothing_begins_once_it_is_to_stop(tmp_path: Path) -> None:
    stop = threading.Event()
    stop.set()
    with pytest.raises(KeyboardInterrupt):
        run_tool(["touch", str(tmp_path / "made")], stop=stop)
    assert not (tmp_path / "made").exists()


def test_a_tool_ends_when_porter_is_killed(tmp_path: Path) -> None:
    pid = tmp_path / "pid"
    script = f"echo $$ > {pid}.new; mv {pid}.new {pid}; exec sleep 60"
    code = "import sys; from porter.images.bootstrap import run_tool; run_tool(sys.argv[1:])"
    with subprocess.Popen([sys.executable, "-c", code, "sh", "-c", script]) as porter:
        while not pid.exists():
            time.sleep(0.02)
        porter.kill()
    deadline = time.monotonic() + 5
    while _lives(int(pid.read_text())) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not _lives(int(pid.read_text()))


def _lives(pid: int) -> bool:
    """Whether a process still runs; one that nobody has waited for does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_an_interrupted_tool_is_gone(tmp_path: Path) -> None:
    pid = tmp_path / "pid"
    script = f"echo $$ > {pid}.new; mv {pid}.new {pid}; exec sleep 60"

    def interrupt() -> None:
        while not pid.exists():
            time.sleep(0.05)
        time.sleep(0.1)  # until the parent waits
        os.kill(os.getpid(), signal.SIGINT)

    thread = threading.Thread(target=interrupt)
    thread.start()
    with pytest.raises(KeyboardInterrupt):
        run_tool(["sh", "-c", script])
    thread.join()
    assert not Path(f"/proc/{pid.read_text().strip()}").exists()
