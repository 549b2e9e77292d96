"""The pure way from a step to a command line."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from porter.engine import Mount, Root, Step, bwrap, unshare
from porter.engine.isolation import Part, ladder
from porter.engine.steps import HOME, SEARCH_PATH, check
from porter.engine.view import Bind, Empty, Folder, Link, Sandbox, root_entries, sandbox
from porter.errors import EngineError
from porter.model import ARCHITECTURES

ROOT = Root("r", ARCHITECTURES["aarch64"], "sha256:0", None, "debian")
BOX = Sandbox(
    argv=("make", "a b"),
    entries=(
        Bind(Path("/"), "/usr"),
        Link("/bin", "usr/bin"),
        Folder("/opt"),
        Empty("/tmp"),
        Bind(Path("/"), "/porter/it's", writable=True),
    ),
    env={"CC": "cc -O2"},
    cwd="/porter",
)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for folder in ("usr/bin", "opt/vendor", "dev", "proc", "tmp", "etc"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "bin").symlink_to("usr/bin")
    (tmp_path / "etc/passwd").touch()
    return tmp_path


def test_a_root_is_bound_entry_by_entry(tree: Path) -> None:
    assert root_entries(tree, ()) == (
        Link("/bin", "usr/bin"),
        Bind(tree / "etc", "/etc"),
        Bind(tree / "opt", "/opt"),
        Bind(tree / "usr", "/usr"),
    )


def test_a_folder_that_lacks_a_mount_point_is_opened(tree: Path) -> None:
    entries = root_entries(tree, [Mount(tree, "/opt/porter/x"), Mount(tree, "/etc/passwd")])
    assert Folder("/opt") in entries
    assert Bind(tree / "opt/vendor", "/opt/vendor") in entries
    assert Bind(tree / "etc", "/etc") in entries  # it has the mount point


def test_the_step_adds_its_environment_and_mounts_outer_first(tree: Path) -> None:
    mounts = (Mount(tree, "/porter/a/b", writable=True), Mount(tree, "/porter/a"))
    step = Step("s", ("true",), ROOT, env={"PATH": "/x", "A": "1"}, mounts=mounts)
    box = sandbox(step, ())
    assert box.env == {"PATH": "/x", "HOME": HOME, "A": "1"}
    assert [e.target for e in box.entries] == ["/tmp", HOME, "/porter/a", "/porter/a/b"]
    assert sandbox(Step("s", ("true",), ROOT), ()).env["PATH"] == SEARCH_PATH


def test_bubblewraps_arguments() -> None:
    words = bwrap.arguments(BOX)
    text = " ".join(words)
    for part in (
        "--unshare-user --uid 1000 --gid 1000",
        "--unshare-net",
        "--unshare-pid",
        "--die-with-parent --new-session --cap-drop ALL",
        "--clearenv --setenv CC cc -O2 --ro-bind / /usr",
        "--symlink usr/bin /bin --dir /opt --tmpfs /tmp --bind / /porter/it's",
        "--proc /proc --dev /dev --remount-ro / --chdir /porter --",
    ):
        assert part in text
    assert words[-3:] == ["--", "make", "a b"]


def test_bubblewrap_leaves_out_what_is_missing() -> None:
    text = " ".join(bwrap.arguments(BOX, frozenset(Part)))
    assert "--unshare-user" not in text
    assert "--uid" not in text
    assert "--unshare-net" not in text
    assert "--ro-bind /proc /proc" in text


def test_unshares_script_is_a_shell_script() -> None:
    text = unshare.script(BOX, Path("/run/it's"), noexec=lambda _: False)
    assert subprocess.run(["sh", "-n"], input=text.encode(), check=False).returncode == 0


def test_unshares_script_binds_read_only_unless_writable() -> None:
    lines = unshare.script(BOX, Path("/s"), noexec=lambda _: False).splitlines()
    assert "mount --bind -o nosuid,nodev,ro / /s/root/usr" in lines
    assert "mount --bind -o nosuid,nodev / '/s/root/porter/it'\"'\"'s'" in lines
    assert lines.index("mount -o remount,bind,ro /s/root") < lines.index(": > /s/started")
    assert "--wd=/porter -- make 'a b'" in lines[-2]
    assert lines[-2].startswith("env -i 'CC=cc -O2' ")


def test_unshares_script_keeps_noexec() -> None:
    text = unshare.script(BOX, Path("/s"), noexec=lambda _: True)
    assert "mount --bind -o nosuid,nodev,noexec,ro / /s/root/usr" in text


def test_the_ladder_begins_with_nothing_missing() -> None:
    assert list(ladder("full")) == [frozenset()]
    reduced = list(ladder("reduced"))
    assert reduced[0] == frozenset()
    assert len(reduced) == 2 ** len(Part)
    assert [len(missing) for missing in reduced] == sorted(len(missing) for missing in reduced)


@pytest.mark.parametrize(
    ("step", "message"),
    [
        (Step("s", (), ROOT), "no command"),
        (Step("s", ("x",), ROOT, cwd="work"), "not absolute"),
        (Step("s", ("x",), ROOT, mounts=(Mount(Path("/"), "/"),)), "cannot mount"),
        (Step("s", ("x",), ROOT, mounts=(Mount(Path("/"), "a"),)), "cannot mount"),
        (Step("s", ("x",), ROOT, mounts=(Mount(Path("/"), "/a/../b"),)), "cannot mount"),
        (Step("s", ("x",), ROOT, mounts=(Mount(Path("/none"), "/a"),)), "does not exist"),
    ],
)
def test_steps_no_engine_can_run(step: Step, message: str) -> None:
    with pytest.raises(EngineError, match=message):
        check(step)


def test_what_lies_in_proc_is_bound_once_proc_is_there(tmp_path: Path) -> None:
    file = tmp_path / "cpuinfo"
    file.touch()
    box = replace(BOX, entries=(Bind(file, "/proc/cpuinfo"), *BOX.entries))
    words = bwrap.arguments(box)
    assert words.index("--proc") < words.index("/proc/cpuinfo") < words.index("--remount-ro")
    lines = unshare.script(box, tmp_path).splitlines()
    proc = next(i for i, line in enumerate(lines) if line.startswith("mount -t proc"))
    bound = next(i for i, line in enumerate(lines) if line.endswith("/root/proc/cpuinfo"))
    assert proc < bound
