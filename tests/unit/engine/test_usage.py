from __future__ import annotations

from pathlib import Path

import pytest

from fakes.clock import FakeClock
from porter.engine.cgroup import of_container
from porter.engine.usage import Usage

ID = "0123abcd" * 8
LAYOUTS = {
    "version 1": (
        f"9:cpu,cpuacct:/docker/{ID}\n4:memory:/docker/{ID}\n1:name=systemd:/docker/{ID}\n0::/\n",
        (f"cpuacct/docker/{ID}", "cpuacct.usage", "3000000000"),
        (f"memory/docker/{ID}", "memory.max_usage_in_bytes", "4096"),
    ),
    "version 2": (
        f"0::/system.slice/docker-{ID}.scope\n",
        (f"system.slice/docker-{ID}.scope", "cpu.stat", "usage_usec 3000000"),
        (f"system.slice/docker-{ID}.scope", "memory.peak", "4096"),
    ),
}


def _write(root: Path, files: tuple[tuple[str, str, str], ...]) -> None:
    for folder, name, text in files:
        (root / folder).mkdir(parents=True, exist_ok=True)
        (root / folder / name).write_text(text)


def _proc(folder: Path, membership: str) -> Path:
    _write(folder, (("7", "cgroup", membership),))
    return folder


@pytest.mark.parametrize("layout", LAYOUTS)
def test_what_was_seen_stays_when_the_group_has_gone(tmp_path: Path, layout: str) -> None:
    membership, *files = LAYOUTS[layout]
    _write(tmp_path / "cgroup", tuple(files))
    proc = _proc(tmp_path / "proc", membership)
    usage = Usage(of_container(ID, 7, mount=tmp_path / "cgroup", proc=proc))
    usage.look()
    (tmp_path / "cgroup").rename(tmp_path / "gone")
    usage.look()
    assert (usage.cpu_seconds, usage.peak_memory) == (3.0, 4096)


def test_it_is_not_looked_at_all_the_time(tmp_path: Path) -> None:
    membership, *files = LAYOUTS["version 1"]
    _write(tmp_path, tuple(files))
    clock = FakeClock()
    proc = _proc(tmp_path / "proc", membership)
    usage = Usage(of_container(ID, 7, mount=tmp_path, proc=proc), clock)
    seen = []
    for now, used in ((1.0, "1000000000"), (1.1, "2000000000"), (1.3, "3000000000")):
        clock.now = now
        (tmp_path / f"cpuacct/docker/{ID}" / "cpuacct.usage").write_text(used)
        usage.look()
        seen.append(usage.cpu_seconds)
    assert seen == [1.0, 1.0, 3.0]


@pytest.mark.parametrize("membership", ["0::/system.slice/docker-somebody-else.scope\n", ""])
def test_another_machine_s_process_is_not_ours(tmp_path: Path, membership: str) -> None:
    _write(tmp_path / "cgroup", (("system.slice/docker-somebody-else.scope", "cpu.stat", "x 1"),))
    proc = _proc(tmp_path / "proc", membership)
    assert of_container(ID, 7, mount=tmp_path / "cgroup", proc=proc).folders == ()


def test_a_process_that_has_ended_is_in_no_group(tmp_path: Path) -> None:
    usage = Usage(of_container(ID, 7, mount=tmp_path, proc=tmp_path))
    usage.look()
    assert (usage.cpu_seconds, usage.peak_memory) == (None, None)
