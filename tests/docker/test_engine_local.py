from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from porter.engine import Limits, LocalEngine, Root, Step, host_root
from porter.errors import EngineError
from porter.model import Architecture, Interpreter
from unit.engine.contract import (
    SLEEP,
    RealEngineContract,
    ran,
    run_and_kill,
    shell,
    wait_until,
)

pytestmark = pytest.mark.root

LAUNCHERS = ("bwrap", "unshare")
PYTHON = Interpreter(sys.version_info.major, sys.version_info.minor)


@pytest.fixture(params=LAUNCHERS)
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> LocalEngine:
    runtime = tmp_path / "runtime"
    runtime.mkdir()
    environ = {"PATH": "/usr/bin:/bin:/usr/sbin:/sbin", "XDG_RUNTIME_DIR": str(runtime)}
    return LocalEngine.connect(notice=pytest.fail, environ=environ, launcher=request.param)


class TestOnTheHost(RealEngineContract):
    @pytest.fixture
    def root(self) -> Root:
        return host_root(PYTHON)


class TestInAnUnpackedRoot(RealEngineContract):
    @pytest.fixture
    def root(self, busybox_root: Root) -> Root:
        return busybox_root


@pytest.fixture
def host() -> Root:
    return host_root(PYTHON)


def test_the_hosts_python_runs(engine: LocalEngine, host: Root) -> None:
    code = "import ssl, ctypes, sqlite3, sys; print(sys.version_info[1], sys.argv)"
    assert host.python is not None
    step = Step("step", (host.python, "-I", "-c", code, "é"), host, env={"LC_ALL": "C.UTF-8"})
    assert ran(engine, step) == (0, f"{PYTHON.minor} ['-c', 'é']\n".encode())


def test_the_hosts_packages_are_hidden(engine: LocalEngine, host: Root) -> None:
    assert host.python is not None
    code, output = ran(engine, Step("step", (host.python, "-c", "import pip"), host))
    assert code == 1
    assert b"No module named 'pip'" in output


@pytest.mark.parametrize(
    "command", ["gcc", "cc", "ld", "pkg-config", "pg_config", "python3-config", "git", "curl"]
)
def test_what_would_leak_is_hidden(engine: LocalEngine, host: Root, command: str) -> None:
    assert ran(engine, shell(host, f"command -v {command}")) == (127, b"")


def test_headers_and_build_configuration_are_hidden(engine: LocalEngine, host: Root) -> None:
    script = (
        "ls /usr/include /usr/local /opt /var /run /sys /etc/hostname 2>/dev/null;"
        "find /usr/lib* /usr/share -maxdepth 3 -name '*.pc' -o -name '*.cmake' 2>/dev/null; :"
    )
    assert ran(engine, shell(host, script)) == (0, b"")


def test_build_tools_are_there(engine: LocalEngine, host: Root) -> None:
    script = (
        "for t in sed grep awk find tar gzip xargs install; do command -v $t || echo no $t; done"
    )
    code, output = ran(engine, shell(host, script))
    assert code == 0
    assert b"no " not in output


def test_perl_finds_its_library(engine: LocalEngine, host: Root) -> None:
    assert ran(engine, shell(host, "perl -MFile::Temp -e 'print 1'")) == (0, b"1")


def test_nothing_survives_a_killed_run(
    engine: LocalEngine, busybox_root: Root, tmp_path: Path
) -> None:
    runtime = tmp_path / "runtime"
    run_and_kill(
        "from pathlib import Path\n"
        "from porter.engine import *\n"
        "from porter.model import ARCHITECTURES\n"
        f"root = Root('r', ARCHITECTURES[{busybox_root.arch.name!r}], '', None, 'debian',"
        f" Path({str(busybox_root.path)!r}))\n"
        f"environ = {{'PATH': '/usr/bin:/bin', 'XDG_RUNTIME_DIR': {str(runtime)!r}}}\n"
        "LocalEngine.connect(notice=print, environ=environ,"
        f" launcher={engine.launcher.name!r}).run("
        f"Step('step', ('sleep', '{SLEEP}'), root), lambda _: None)\n"
    )
    assert wait_until(sleeping=False)
    assert len(list(runtime.iterdir())) == 1
    assert engine.sweep() >= 1
    assert list(runtime.iterdir()) == []


def test_memory_is_limited_or_that_is_told(busybox_root: Root) -> None:
    notices: list[str] = []
    engine = LocalEngine.connect(notice=notices.append)
    step = shell(busybox_root, "head -c 200000000 /dev/zero | tail -c 190000000 | wc -c")
    ended = engine.run(replace(step, limits=Limits(memory=64 << 20)), lambda _: None)
    assert ended.out_of_memory or "memory limit is not enforced" in notices[0]


def test_an_image_cannot_run_here(engine: LocalEngine, busybox_root: Root) -> None:
    with pytest.raises(EngineError, match="not unpacked here"):
        ran(engine, Step("step", ("true",), replace(busybox_root, path=None)))


def test_a_root_no_interpreter_is_registered_for(engine: LocalEngine, busybox_root: Root) -> None:
    # One porter does not know, so that no setup on this machine has registered it.
    vax = Architecture("vax", "vax-linux-gnu", "vax", "vax", "EM_VAX", bits=32)
    with pytest.raises(EngineError, match="cannot run") as caught:
        ran(engine, Step("step", ("true",), replace(busybox_root, arch=vax)))
    assert "porter setup" in str(caught.value.hint)


def test_many_open_files_do_not_matter(engine: LocalEngine, busybox_root: Root) -> None:
    """Descriptors past what select() takes; and the command inherits none but its three."""
    with ExitStack() as files:
        for _ in range(1100):
            files.enter_context(Path("/dev/null").open())
        assert ran(engine, shell(busybox_root, "ls /proc/self/fd | wc -l")) == (0, b"4\n")


@pytest.fixture(autouse=True)
def nothing_left(tmp_path: Path) -> Iterator[None]:
    yield
    runtime = tmp_path / "runtime"
    assert not runtime.exists() or list(runtime.iterdir()) == []
