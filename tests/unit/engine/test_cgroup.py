from __future__ import annotations

from pathlib import Path

import pytest

from porter.engine import Limits
from porter.engine.cgroup import Bounds, Cgroup, bounds, create, parents

V1 = "4:memory:/mine\n3:pids:/\n2:cpu,cpuacct:/\n0::/\n"
V2 = "0::/user.slice\n"
LIMITS = Limits(cpus=1.5, memory=1 << 20, pids=7)


def folder(path: Path) -> Path:
    path.mkdir(parents=True)
    (path / "cgroup.procs").touch()
    return path


def test_version_1_looks_below_our_group_then_at_the_top(tmp_path: Path) -> None:
    top = folder(tmp_path / "memory")
    own = folder(tmp_path / "memory/mine")
    assert list(parents("memory", V1, tmp_path)) == [own, top]


def test_version_2_has_one_hierarchy(tmp_path: Path) -> None:
    own = folder(tmp_path / "user.slice")
    assert list(parents("memory", V2, tmp_path)) == [own]


def test_a_controller_in_a_list_is_found(tmp_path: Path) -> None:
    assert list(parents("cpu", V1, tmp_path)) == []
    top = folder(tmp_path / "cpu")
    assert list(parents("cpu", V1, tmp_path)) == [top]


def test_where_nothing_can_be_set_nothing_is_left(tmp_path: Path) -> None:
    """A plain folder has no limit files, as a hierarchy whose controller is not handed down."""
    own = folder(tmp_path / "user.slice")
    (own / "cgroup.subtree_control").write_text("")
    assert create(LIMITS, "step", mount=tmp_path, membership=V2) == Cgroup((), frozenset())
    assert not (own / "step").exists()


def test_a_group_another_controller_made_stays(tmp_path: Path) -> None:
    step = folder(tmp_path / "user.slice") / "step"
    step.mkdir()
    (step / "pids.max").write_text("max")
    made = create(LIMITS, "step", mount=tmp_path, membership=V2)
    assert made == Cgroup((step,), frozenset({"pids"}))
    assert (step / "pids.max").read_text() == "7"


def test_an_oom_kill_is_seen_in_both_versions(tmp_path: Path) -> None:
    group = Cgroup((tmp_path,), frozenset({"memory"}))
    assert not group.out_of_memory()
    (tmp_path / "memory.oom_control").write_text("oom_kill_disable 0\nunder_oom 0\noom_kill 0\n")
    assert not group.out_of_memory()
    (tmp_path / "memory.events").write_text("low 0\noom 1\noom_kill 2\n")
    assert group.out_of_memory()


def test_what_was_used_is_read_in_both_versions(tmp_path: Path) -> None:
    one, two = tmp_path / "1", tmp_path / "2"
    one.mkdir()
    two.mkdir()
    (one / "cpuacct.usage").write_text("1500000000\n")
    (one / "memory.max_usage_in_bytes").write_text("4096\n")
    (two / "cpu.stat").write_text("usage_usec 2500000\nuser_usec 1\n")
    (two / "memory.peak").write_text("8192\n")
    first, second = (Cgroup((folder,), frozenset()) for folder in (one, two))
    assert (first.cpu_seconds(), first.peak_memory()) == (1.5, 4096)
    assert (second.cpu_seconds(), second.peak_memory()) == (2.5, 8192)


def test_where_nothing_tells_what_was_used_nothing_is_said(tmp_path: Path) -> None:
    (tmp_path / "cpu.stat").write_text("nr_periods 0\nthrottled_time 0\n")
    group = Cgroup((tmp_path,), frozenset({"cpu"}))
    assert (group.cpu_seconds(), group.peak_memory()) == (None, None)


def written(folder: Path, **files: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name.replace("_", ".", 1)).write_text(f"{text}\n")


def test_the_tightest_bound_above_us_holds_in_version_2(tmp_path: Path) -> None:
    written(tmp_path / "a/b", cpu_max="max 100000", memory_max="max")
    written(tmp_path / "a", cpu_max="150000 100000", memory_max="1073741824")
    written(tmp_path, cpu_max="400000 100000")
    assert bounds(mount=tmp_path, membership="0::/a/b\n") == Bounds(1.5, 1 << 30)


def test_a_container_s_own_bounds_stand_at_the_top(tmp_path: Path) -> None:
    written(tmp_path, cpu_max="200000 100000", memory_max="1073741824")
    assert bounds(mount=tmp_path, membership="0::/\n") == Bounds(2.0, 1 << 30)
    assert bounds(mount=tmp_path, membership="0::/../other\n") == Bounds(2.0, 1 << 30)


def test_bounds_of_version_1(tmp_path: Path) -> None:
    written(tmp_path / "cpu", cpu_cfs_quota_us="50000", cpu_cfs_period_us="100000")
    written(tmp_path / "memory/mine", memory_limit_in_bytes="1073741824")
    written(tmp_path / "memory", memory_limit_in_bytes="9223372036854771712")
    assert bounds(mount=tmp_path, membership=V1) == Bounds(0.5, 1 << 30)


@pytest.mark.parametrize("membership", [V1, V2, ""])
def test_where_nothing_limits_us(tmp_path: Path, membership: str) -> None:
    assert bounds(mount=tmp_path, membership=membership) == Bounds(None, None)
    written(tmp_path / "cpu", cpu_cfs_quota_us="-1", cpu_cfs_period_us="100000")
    assert bounds(mount=tmp_path, membership=membership) == Bounds(None, None)
