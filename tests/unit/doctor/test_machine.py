from __future__ import annotations

from pathlib import Path

import pytest

from porter.doctor import machine
from porter.doctor.actions import Register, StartDocker
from porter.errors import SurroundingsError
from porter.model import ARCHITECTURES, Interpreter, Platform

ARM = ARCHITECTURES["aarch64"]
LINE = ":qemu-aarch64:M::\\x7fELF:\\xff:/usr/bin/qemu:OPF\n"


@pytest.mark.parametrize(
    ("text", "debian"),
    [
        ("ID=debian\n", True),
        ("NAME=x\nID=ubuntu\nID_LIKE=debian\n", True),
        ('ID=linuxmint\nID_LIKE="ubuntu debian"\n', True),
        ('ID="almalinux"\nID_LIKE="rhel centos fedora"\n', False),
        ("", False),
    ],
)
def test_is_debian(tmp_path: Path, text: str, debian: bool) -> None:  # noqa: FBT001 - a case
    (tmp_path / "os-release").write_text(text)
    assert machine.is_debian(tmp_path / "os-release") is debian
    assert not machine.is_debian(tmp_path / "missing")


def test_a_failing_command_shows_its_last_lines() -> None:
    with pytest.raises(SurroundingsError, match=r"exit status 3") as caught:
        machine.run(("sh", "-c", "echo why >&2; exit 3"))
    assert caught.value.context == "why"
    with pytest.raises(SurroundingsError, match="no-such-command is missing"):
        machine.run(("no-such-command",))


class Kernel:
    """binfmt_misc: `supported` once the line was written."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.register = folder / "binfmt/register"
        self.register.parent.mkdir()
        self.register.write_text("")
        monkeypatch.setattr(machine, "BINFMT", self.register.parent)
        monkeypatch.setattr("porter.doctor.actions.CONFIGURATIONS", folder)
        monkeypatch.setattr(
            "porter.engine.binfmt.supported", lambda _: bool(self.register.read_text())
        )


@pytest.fixture
def kernel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Kernel:
    return Kernel(tmp_path, monkeypatch)


def test_registering_writes_the_package_s_line(kernel: Kernel, tmp_path: Path) -> None:
    (tmp_path / "qemu-aarch64.conf").write_text(LINE)
    machine.register(Register(ARM))
    assert kernel.register.read_text() == LINE.strip()


def test_registering_once_is_enough(kernel: Kernel) -> None:
    kernel.register.write_text("before")
    machine.register(Register(ARM))
    assert kernel.register.read_text() == "before"


@pytest.mark.usefixtures("kernel")
def test_without_the_package_registering_fails() -> None:
    with pytest.raises(SurroundingsError, match=r"cannot be registered for aarch64: .*No such"):
        machine.register(Register(ARM))


def test_an_entry_that_is_switched_off_is_left_alone(kernel: Kernel, tmp_path: Path) -> None:
    (tmp_path / "qemu-aarch64.conf").write_text(LINE)
    (kernel.register.parent / "qemu-aarch64").write_text("disabled")
    with pytest.raises(SurroundingsError, match="switched off"):
        machine.register(Register(ARM))


class Daemon:
    def __init__(self, monkeypatch: pytest.MonkeyPatch, *, answers_after: int) -> None:
        self.asked = 0
        self.ran: list[str] = []
        self.answers_after = answers_after
        monkeypatch.setattr(machine, "_docker_answers", self._answers)
        monkeypatch.setattr(machine, "run", lambda command: self.ran.append(command[0]))
        monkeypatch.setattr("time.sleep", lambda _: None)

    def _answers(self) -> bool:
        self.asked += 1
        return self.asked > self.answers_after


@pytest.mark.parametrize(("systemd", "program"), [(True, "systemctl"), (False, "sh")])
def test_docker_is_started_and_waited_for(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    systemd: bool,  # noqa: FBT001 - a case
    program: str,
) -> None:
    daemon = Daemon(monkeypatch, answers_after=3)
    machine.start_docker(StartDocker(systemd=systemd), tmp_path / "logs/dockerd.log")
    assert daemon.ran == [program]
    assert daemon.asked == 4


def test_docker_that_answers_is_not_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    daemon = Daemon(monkeypatch, answers_after=0)
    machine.start_docker(StartDocker(systemd=False), tmp_path / "dockerd.log")
    assert daemon.ran == []


def test_docker_that_does_not_start_shows_its_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Daemon(monkeypatch, answers_after=10**9)
    monkeypatch.setattr(machine, "_START_SECONDS", 0.0)
    (tmp_path / "dockerd.log").write_text("no iptables\n")
    with pytest.raises(SurroundingsError, match="does not answer") as caught:
        machine.start_docker(StartDocker(systemd=True), tmp_path / "dockerd.log")
    assert caught.value.context == "no iptables"
    assert caught.value.hint == "Without docker porter still works: --engine local."


def test_probes_of_this_machine(tmp_path: Path) -> None:
    probes = machine.machine_probes(lambda *_: None)
    assert probes.tool("patchelf")
    assert probes.tool("zig")
    assert probes.tool("no-such-program") is None
    assert probes.free(tmp_path / "not/yet/there") > 0
    arm = Platform.parse("aarch64", "manylinux2014")
    assert probes.image("docker", arm, Interpreter(3, 9)) is None
