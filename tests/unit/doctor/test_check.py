from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from porter.doctor import Finding, Probes, Status, Wanted, as_json, check, propose
from porter.doctor.actions import Install, MakeImage, Register, StartDocker
from porter.errors import EngineError
from porter.model import Architecture, Interpreter, Platform

ARM = Platform.parse("aarch64", "manylinux2014")
INTEL = Platform.parse("x86_64", "manylinux2014")
CP39, CP312 = Interpreter(3, 9), Interpreter(3, 12)
ALL_TOOLS = frozenset({"mmdebstrap", "auditwheel", "patchelf", "zig", "dockerd", "bwrap"})


def wanted(*interpreters: Interpreter) -> Wanted:
    return Wanted(
        target=ARM,
        build=INTEL,
        interpreters=interpreters or (CP39,),
        folders={"cache": Path("/cache"), "workspace": Path("/work")},
    )


def probes(
    *,
    engines: tuple[str, ...] = ("docker", "local"),
    tools: frozenset[str] = ALL_TOOLS,
    images: bool = True,
    context: str = "",
) -> Probes:
    def engine(name: str) -> str:
        if name in engines:
            return f"{name} answers"
        raise EngineError(f"{name} is not running here", context=context, hint="allow it")

    def image(_engine: str, platform: Platform, _interpreter: Interpreter) -> str | None:
        return f"image-{platform.arch}" if images else None

    def interpreter(interpreter: Interpreter) -> str:
        if interpreter == CP39:
            return "/usr/bin/python3.9"
        raise EngineError(f"no CPython {interpreter.version}", hint="uv python install")

    return Probes(
        engine=engine,
        runs=lambda _: True,
        image=image,
        interpreter=interpreter,
        tool=lambda name: f"/bin/{name}" if name in tools else None,
        free=lambda _: 50 * 1000**3,
        systemd=lambda: False,
    )


def named(findings: tuple[Finding, ...], name: str) -> Finding:
    return next(finding for finding in findings if finding.name == name)


def test_all_is_well() -> None:
    findings = check(wanted(), probes())
    assert [(f.name, f.status.value) for f in findings] == [
        ("engine docker", "ok"),
        ("engine podman", "warning"),
        ("engine local", "ok"),
        ("programs of aarch64", "ok"),
        ("mmdebstrap", "ok"),
        ("target image cp39 aarch64", "ok"),
        ("build image cp39 x86_64", "ok"),
        ("CPython 3.9", "ok"),
        ("auditwheel", "ok"),
        ("patchelf", "ok"),
        ("zig", "ok"),
        ("disk (cache)", "ok"),
        ("disk (workspace)", "ok"),
    ]
    assert propose(findings) == ()


def test_a_bare_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("porter.doctor.actions.CONFIGURATIONS", tmp_path)
    nothing = replace(probes(engines=(), tools=frozenset()), runs=lambda _: False)
    findings = check(wanted(), nothing)
    assert named(findings, "engine docker").status is Status.MISSING
    assert named(findings, "engine local").status is Status.MISSING
    assert named(findings, "mmdebstrap").status is Status.WARNING
    install, *others = propose(findings)
    assert isinstance(install, Install)
    assert set(install.packages) == {
        "bubblewrap",
        "debian-archive-keyring",
        "docker.io",
        "iptables",
        "mmdebstrap",
        "qemu-user-static",
    }
    assert tuple(others) == (
        StartDocker(systemd=False),
        Register(ARM.arch),
        MakeImage(ARM, CP39),
        MakeImage(INTEL, CP39),
    )


def test_docker_that_is_installed_is_only_started() -> None:
    docker = named(check(wanted(), probes(engines=("local",))), "engine docker")
    assert docker.status is Status.WARNING
    assert docker.actions == (StartDocker(systemd=False),)


def test_docker_that_may_not_be_used_is_not_started() -> None:
    refused = probes(engines=(), context="PermissionError(13, 'Permission denied')")
    docker = named(check(wanted(), refused), "engine docker")
    assert docker.actions == ()
    assert docker.mend == 'sudo usermod -aG docker "$USER", then log in again'


def test_local_that_the_kernel_refuses_has_the_engine_s_hint() -> None:
    local = named(check(wanted(), probes(engines=("docker",))), "engine local")
    assert (local.mend, local.actions) == ("allow it", ())


@pytest.mark.parametrize(("installed", "count"), [(True, 1), (False, 2)])
def test_qemu_is_registered_and_installed_if_need_be(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    installed: bool,  # noqa: FBT001 - a case
    count: int,
) -> None:
    monkeypatch.setattr("porter.doctor.actions.CONFIGURATIONS", tmp_path)
    if installed:
        (tmp_path / "qemu-aarch64.conf").write_text("")
    foreign = replace(probes(), runs=_only_intel)
    finding = named(check(wanted(), foreign), "programs of aarch64")
    assert finding.status is Status.MISSING
    assert len(finding.actions) == count
    assert finding.actions[-1] == Register(ARM.arch)


def _only_intel(arch: Architecture) -> bool:
    return arch.name == "x86_64"


def test_the_local_engine_needs_interpreters_but_no_build_image() -> None:
    findings = check(wanted(CP39, CP312), probes(engines=("local",)))
    assert named(findings, "CPython 3.12").status is Status.MISSING
    assert named(findings, "CPython 3.12").mend == "uv python install"
    assert not any(finding.name.startswith("build image") for finding in findings)


def test_the_docker_engine_does_not_need_interpreters() -> None:
    findings = check(wanted(CP312), probes())
    assert named(findings, "CPython 3.12").status is Status.WARNING


def test_images_are_made_where_debian_has_the_interpreter() -> None:
    findings = check(wanted(CP39, CP312), probes(images=False))
    made = named(findings, "target image cp39 aarch64")
    assert made.mend == (
        "porter image bootstrap --arch aarch64 --policy manylinux2014 --python 3.9"
    )
    other = named(findings, "target image cp312 aarch64")
    assert other.actions == ()
    assert "no Debian release" in other.seen
    assert propose(findings) == (MakeImage(ARM, CP39), MakeImage(INTEL, CP39))


def test_a_store_that_fails_is_a_finding() -> None:
    def fails(*_: object) -> str | None:
        raise EngineError("gone")

    finding = named(check(wanted(), replace(probes(), image=fails)), "target image cp39 aarch64")
    assert (finding.status, finding.seen) == (Status.WARNING, "gone")


def test_missing_python_tools_and_little_room() -> None:
    poor = replace(probes(tools=frozenset()), free=lambda _: 10**9)
    findings = check(wanted(), poor)
    assert named(findings, "zig").mend == "pip install ziglang"
    assert named(findings, "patchelf").status is Status.MISSING
    assert named(findings, "disk (cache)").seen == "1.0 GB free in /cache"


def test_as_json() -> None:
    document = as_json(check(wanted(), probes()))
    assert document["ready"] is True
    assert json.loads(json.dumps(document))["findings"][0] == {
        "name": "engine docker",
        "status": "ok",
        "seen": "docker answers",
        "mend": None,
    }
    assert as_json(check(wanted(), probes(engines=())))["ready"] is False
