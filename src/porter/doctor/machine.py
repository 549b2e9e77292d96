"""The probes and doers of a real machine."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path

from porter.doctor.actions import BINFMT, Register, StartDocker
from porter.doctor.check import Probes
from porter.doctor.setup import Doers
from porter.engine import DockerEngine, LocalEngine, binfmt, host_root
from porter.errors import EngineError, SurroundingsError
from porter.model import Interpreter, Platform

Notice = Callable[[str], None]
ImageName = Callable[[str, Platform, Interpreter], str | None]

_SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_START_SECONDS = 60.0
_LAST_LINES = 15


def machine_probes(image: ImageName) -> Probes:
    """Probes of this machine; `image` says which image an engine would use (`Images.here`)."""
    return Probes(
        engine=_engine,
        runs=binfmt.supported,
        image=image,
        interpreter=_interpreter,
        tool=_tool,
        free=_free,
        systemd=systemd_runs,
    )


def machine_doers(make_image: Callable[[Platform, Interpreter], None], *, log: Path) -> Doers:
    """Doers for this machine; a daemon started here writes to `log`."""
    return Doers(
        run=run,
        start_docker=lambda action: start_docker(action, log),
        register=register,
        make_image=make_image,
    )


def is_debian(os_release: Path = Path("/etc/os-release")) -> bool:
    """Whether apt is this system's own (os-release(5))."""
    if not os_release.is_file():
        return False
    lines = os_release.read_text(encoding="utf-8").splitlines()
    fields = dict(line.split("=", 1) for line in lines if "=" in line)
    names = f"{fields.get('ID', '')} {fields.get('ID_LIKE', '')}".replace('"', "").split()
    return bool({"debian", "ubuntu"} & set(names))


def is_root() -> bool:
    """Whether this process may change the machine."""
    return os.geteuid() == 0


def systemd_runs() -> bool:
    """Whether systemd is the running init (sd_booted(3))."""
    return Path("/run/systemd/system").is_dir()


def run(command: Sequence[str]) -> None:
    """Run a command of the system; raise `SurroundingsError` with its last lines if it fails."""
    env = {"PATH": _SYSTEM_PATH, "LC_ALL": "C.UTF-8", "DEBIAN_FRONTEND": "noninteractive"}
    env |= {name: value for name, value in os.environ.items() if name.lower().endswith("_proxy")}
    try:
        done = subprocess.run(
            command,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            check=False,
        )
    except FileNotFoundError as error:
        raise SurroundingsError(f"{command[0]} is missing") from error
    if done.returncode != 0:
        raise SurroundingsError(
            f"{' '.join(command)} failed (exit status {done.returncode})",
            context=_tail(done.stdout),
        )


def start_docker(action: StartDocker, log: Path) -> None:
    """Start docker's daemon, and wait until it answers; nothing happens when it does already."""
    if _docker_answers():
        return
    if action.systemd:
        run(("systemctl", "start", "docker"))
    else:
        log.parent.mkdir(parents=True, exist_ok=True)
        run(("sh", "-c", 'exec setsid --fork dockerd >"$1" 2>&1 </dev/null', "sh", str(log)))
    deadline = time.monotonic() + _START_SECONDS
    while not _docker_answers():
        if time.monotonic() > deadline:
            said = log.read_text(errors="replace") if log.is_file() else ""
            raise SurroundingsError(
                f"docker does not answer within {_START_SECONDS:.0f} s",
                context=_tail(said),
                hint="Without docker porter still works: --engine local.",
            )
        time.sleep(0.5)


def register(action: Register) -> None:
    """Give the kernel the line that QEMU's package brings (binfmt_misc); once is enough.

    Source: https://docs.kernel.org/admin-guide/binfmt-misc.html
    """
    if binfmt.supported(action.arch):
        return
    if not (BINFMT / "register").exists():
        run(("mount", "-t", "binfmt_misc", "binfmt_misc", str(BINFMT)))
    try:
        line = action.configuration.read_text(encoding="utf-8").strip()
        if not (BINFMT / line.split(":", 2)[1]).exists():
            (BINFMT / "register").write_text(line, encoding="utf-8")
    except OSError as error:
        raise SurroundingsError(
            f"QEMU cannot be registered for {action.arch}: {error}",
            hint="In a container this is for its host to do.",
        ) from error
    if not binfmt.supported(action.arch):
        raise SurroundingsError(f"QEMU is registered for {action.arch}, but switched off")


def _engine(name: str) -> str:
    if name == "local":
        engine = LocalEngine.connect(notice=_no_notice)
        return f"namespaces of this kernel, by {engine.launcher.name}"
    if name not in {"docker", "podman"}:
        raise EngineError(f"no engine is called {name!r}")
    DockerEngine.connect("podman" if name == "podman" else "docker").close()
    return f"{name} answers"


def _no_notice(_text: str) -> None:
    """What an engine would tell about a run is of no interest to a probe."""


def _docker_answers() -> bool:
    try:
        DockerEngine.connect("docker").close()
    except EngineError:
        return False
    return True


def _interpreter(interpreter: Interpreter) -> str:
    return str(host_root(interpreter).python)


def _tool(name: str) -> str | None:
    """A program of porter's own environment, or of the system."""
    if name == "zig":
        spec = find_spec("ziglang")
        return str(Path(spec.origin).parent) if spec and spec.origin else None
    own = str(Path(sys.executable).parent)
    return shutil.which(name, path=f"{own}:{os.environ.get('PATH', '')}:{_SYSTEM_PATH}")


def _free(folder: Path) -> int:
    existing = next(place for place in (folder, *folder.parents) if place.exists())
    return shutil.disk_usage(existing).free


def _tail(said: str) -> str:
    return "\n".join(said.strip().splitlines()[-_LAST_LINES:])
