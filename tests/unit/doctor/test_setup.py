from __future__ import annotations

from collections.abc import Sequence

import pytest

from porter.doctor import Doers, apply, by_hand
from porter.doctor.actions import Action, Install, MakeImage, Register, StartDocker
from porter.doctor.findings import Finding, Status
from porter.doctor.setup import propose
from porter.errors import SurroundingsError
from porter.model import ARCHITECTURES, Interpreter, Platform

ARM = ARCHITECTURES["aarch64"]
IMAGE = MakeImage(Platform.parse("aarch64", "manylinux2014"), Interpreter(3, 9))
START = StartDocker(systemd=True)
ALL: tuple[Action, ...] = (Install(("docker.io",)), START, Register(ARM), IMAGE)


class Recorder:
    def __init__(self) -> None:
        self.done: list[str] = []
        self.doers = Doers(
            run=self._run,
            start_docker=lambda _: self.done.append("start"),
            register=lambda action: self.done.append(f"register {action.arch}"),
            make_image=lambda platform, python: self.done.append(f"image {python} {platform}"),
        )

    def _run(self, command: Sequence[str]) -> None:
        self.done.append(" ".join(command))


def finding(*actions: Action) -> Finding:
    return Finding("x", Status.MISSING, "", actions=actions)


def test_each_thing_once_in_its_order() -> None:
    findings = (
        finding(IMAGE),
        finding(Install(("b", "a")), START),
        finding(Install(("a", "c")), Register(ARM)),
        finding(IMAGE),
    )
    assert propose(findings) == (Install(("a", "b", "c")), START, Register(ARM), IMAGE)
    assert propose(()) == ()


def test_apply_does_all_in_order_and_tells() -> None:
    recorder, told = Recorder(), list[str]()
    apply(ALL, recorder.doers, notice=told.append, debian=True, root=True)
    assert recorder.done == [
        "apt-get update",
        "apt-get install --yes --no-install-recommends docker.io",
        "start",
        "register aarch64",
        "image cp39 manylinux2014_aarch64",
    ]
    assert told == ["installing docker.io", "starting docker", "registering QEMU for aarch64"]


def test_without_root_it_says_what_to_type_and_does_nothing() -> None:
    recorder = Recorder()
    with pytest.raises(SurroundingsError, match="needs root") as caught:
        apply(ALL, recorder.doers, notice=lambda _: None, debian=True, root=False)
    assert recorder.done == []
    hint = str(caught.value.hint)
    assert "sudo apt-get update\n" in hint
    assert "sudo systemctl start docker" in hint
    assert "sudo sh -c 'cat /usr/lib/binfmt.d/qemu-aarch64.conf > /proc" in hint
    assert "image bootstrap" not in hint


def test_images_need_no_root() -> None:
    recorder = Recorder()
    apply((IMAGE,), recorder.doers, notice=lambda _: None, debian=False, root=False)
    assert recorder.done == ["image cp39 manylinux2014_aarch64"]


def test_elsewhere_than_on_debian_it_says_what_to_do() -> None:
    recorder = Recorder()
    with pytest.raises(SurroundingsError, match="Debian and Ubuntu only") as caught:
        apply(ALL, recorder.doers, notice=lambda _: None, debian=False, root=True)
    assert recorder.done == []
    assert "install what Debian calls: docker.io" in str(caught.value.hint)


def test_by_hand() -> None:
    folder = "/proc/sys/fs/binfmt_misc"
    assert by_hand(ALL, debian=True, root=True).splitlines() == [
        "apt-get update",
        "apt-get install --no-install-recommends -y docker.io",
        "systemctl start docker",
        f"mountpoint -q {folder} || mount -t binfmt_misc binfmt_misc {folder}",
        f"cat /usr/lib/binfmt.d/qemu-aarch64.conf > {folder}/register",
        "porter image bootstrap --arch aarch64 --policy manylinux2014 --python 3.9",
    ]


def test_qemu_calls_armv7l_arm() -> None:
    assert Register(ARCHITECTURES["armv7l"]).configuration.name == "qemu-arm.conf"
