"""Steps in containers, by Docker's API: docker itself, or podman's compatible socket.

One container per step, labelled with the step's name and porter's process, whose main process is
the step: an exec in a running container can neither be killed alone nor be asked for its exit
status while its output is streamed. The output is taken by attaching before the start: logs
would pass through a log driver, of which the usual one is not binary-safe. Standard output and
standard error come by two pipes: lines written to both at the same moment may change places.
"""

from __future__ import annotations

import os
import threading
import uuid
from collections.abc import Mapping
from contextlib import ExitStack
from time import monotonic
from typing import Any

from porter.engine import binfmt, cgroup
from porter.engine.clocks import Clocks
from porter.engine.docker_api import client, translated
from porter.engine.owner import Owner, is_dead
from porter.engine.protocol import Exit, Limits, Output, Root, Step
from porter.engine.pump import Pump
from porter.engine.sockets import ContainerEngine, addresses
from porter.engine.steps import HOME, check
from porter.engine.usage import Usage
from porter.errors import EngineError, EngineGone
from porter.signals import SIGNALS

STEP_LABEL = "porter.step"
OWNER_LABEL = "porter.owner"

_TMPFS = "rw,exec,nosuid,nodev,mode=1777,size=8g"
_PROBE = Limits(pids=64, seconds=60.0)


class DockerEngine:
    """Runs steps in containers. Safe to use from several threads."""

    def __init__(self, sdk: Any, name: ContainerEngine) -> None:
        self.name: str = name
        self._client = sdk
        self._owner = Owner.current()
        self.stopped = threading.Event()
        """Set by `stop`, for what works beside its steps."""
        self._probed: set[str] = set()
        self._probing = threading.Lock()
        self._left: set[str] = set()
        """Containers that could not be removed, because the engine was gone."""
        with translated(name, "asking for its properties"):
            info = sdk.info()
        self.version = str(info.get("ServerVersion") or "unknown")
        self._cpus = int(info.get("NCPU") or 1)
        # In a rootless engine the container's root is the caller; other ids are nobody's.
        rootless = any("rootless" in option for option in info.get("SecurityOptions") or ())
        self._user = "0:0" if rootless else f"{os.getuid()}:{os.getgid()}"

    @classmethod
    def connect(
        cls, name: ContainerEngine = "docker", environ: Mapping[str, str] = os.environ
    ) -> DockerEngine:
        """The engine at the first address that answers; raises `EngineError` when none does."""
        causes = []
        for address in addresses(name, environ):
            try:
                return cls(client(address, environ), name)
            except EngineError as error:
                causes.append(f"{address}: {error.context}")
        raise EngineError(
            f"{name} is not running here, or you may not use it",
            context="\n".join(causes) or "no socket of it is here",
            hint="porter setup starts it",
        )

    @property
    def client(self) -> Any:
        """The SDK's low-level client (``docker.APIClient``), for what is done with images."""
        return self._client.api

    def run(self, step: Step, output: Output) -> Exit:
        """See `porter.engine.Engine.run`."""
        check(step)
        for name in tuple(self._left):
            self._remove(name)
            self._left.discard(name)
        self._probe(step.root)
        return self._run(step, output)

    def sweep(self) -> int:
        """See `porter.engine.Engine.sweep`."""
        with translated(self.name, "looking for leftover containers"):
            found = self._client.api.containers(all=True, filters={"label": OWNER_LABEL})
        dead = [c["Id"] for c in found if self._is_dead(c["Labels"].get(OWNER_LABEL, ""))]
        for container in dead:
            self._remove(container)
        return len(dead)

    def stop(self) -> None:
        """See `porter.engine.Engine.stop`."""
        self.stopped.set()

    def close(self) -> None:
        """Close the connections to the engine; no method may be called after that."""
        self._client.close()

    def _run(self, step: Step, output: Output) -> Exit:
        name = f"porter-{uuid.uuid4().hex}"
        pump: Pump | None = None
        try:
            # A request to create that is broken off may still be carried out, after the removal.
            with SIGNALS.undisturbed(), translated(self.name, f"starting step {step.name}"):
                self._create(step, name)
                pump = Pump(self._client.api, name, self.name)
                self._client.api.start(name)
            return self._follow(step, name, pump, output)
        finally:
            with SIGNALS.undisturbed(), ExitStack() as ending:
                if pump:
                    ending.callback(pump.close)
                self._remove_or_note(name)

    def _follow(self, step: Step, name: str, pump: Pump, output: Output) -> Exit:
        started, clocks, usage = monotonic(), Clocks(step.limits), self._usage(name)
        timed_out = not pump.follow(output, clocks, self.stopped, usage.look)
        silent = timed_out and clocks.silent
        seconds = monotonic() - started
        with translated(self.name, f"ending step {step.name}"):
            if timed_out:
                self._client.api.kill(name)
                pump.finish()
            state = self._client.api.inspect_container(name)["State"]
            if state["ExitCode"] and not timed_out:
                self._check_stays()
        return Exit(
            state["ExitCode"],
            seconds,
            timed_out=timed_out,
            silent=silent,
            out_of_memory=bool(state["OOMKilled"]),
            cpu_seconds=usage.cpu_seconds,
            peak_memory=usage.peak_memory,
        )

    def _usage(self, name: str) -> Usage:
        with translated(self.name, f"looking at container {name}"):
            found = self._client.api.inspect_container(name)
        return Usage(cgroup.of_container(found["Id"], found["State"]["Pid"]))

    def _check_stays(self) -> None:
        """Ask the engine for a sign of life, by a new connection.

        One that is shut down takes no new ones before it ends its containers, but answers on
        those it has.
        """
        self._client.api.close()
        self._client.api.ping()

    def _create(self, step: Step, name: str) -> None:
        """Create the container; an image whose label names another platform is taken as it is.

        ``docker import`` labels every image with the daemon's own platform, whatever it holds;
        `_probe` finds out what it holds.
        """
        from docker.errors import ImageNotFound

        options = self._options(step) | {"name": name}
        try:
            self._client.api.create_container(**options, platform=f"linux/{step.root.arch.oci}")
        except ImageNotFound as error:
            if "platform" not in str(error):
                raise
            self._client.api.create_container(**options)

    def _options(self, step: Step) -> dict[str, Any]:
        return {
            "image": step.root.name,
            # An image's entrypoint (manylinux: `linux32`, a shell) is no part of the command.
            "entrypoint": [step.argv[0]],
            "command": list(step.argv[1:]),
            "environment": {"HOME": HOME} | dict(step.env),
            "working_dir": step.cwd,
            "user": self._user,
            "labels": {STEP_LABEL: step.name, OWNER_LABEL: str(self._owner)},
            "network_disabled": True,
            "host_config": self._host_config(step),
        }

    def _host_config(self, step: Step) -> Any:
        from docker.types import LogConfig, Mount

        limits = step.limits
        cpus = limits.cpus and min(limits.cpus, self._cpus)
        return self._client.api.create_host_config(
            network_mode="none",
            read_only=True,
            tmpfs={"/tmp": _TMPFS, HOME: _TMPFS},  # noqa: S108 - inside the container
            mounts=[
                Mount(m.target, str(m.source.resolve()), type="bind", read_only=not m.writable)
                for m in step.shown
            ],
            cap_drop=["ALL"],
            # SELinux would hide the caller's files; relabelling them is not ours to do.
            security_opt=["no-new-privileges", "label=disable"],
            pids_limit=limits.pids,
            mem_limit=limits.memory,
            memswap_limit=limits.memory,
            nano_cpus=int(cpus * 1e9) if cpus else None,
            init=True,
            log_config=LogConfig(type=LogConfig.types.NONE),
        )

    def _remove(self, container: str) -> None:
        from docker.errors import APIError

        with translated(self.name, f"removing container {container}"):
            try:
                self._client.api.remove_container(container, force=True, v=True)
            except APIError as error:
                # It is gone, or another porter is removing it at this moment.
                if error.status_code not in {404, 409}:
                    raise

    def _remove_or_note(self, container: str) -> None:
        """Remove a container; what a lost engine may still hold is removed once it is back."""
        try:
            self._remove(container)
        except EngineGone:
            self._left.add(container)

    def _is_dead(self, label: str) -> bool:
        owner = Owner.parse(label)
        return owner is not None and is_dead(owner, self._owner)

    def _probe(self, root: Root) -> None:
        """Raise `EngineError` for a foreign image that cannot run; each is tried once."""
        with self._probing:
            if root.name in self._probed or binfmt.is_native(root.arch):
                return
            said: list[bytes] = []
            step = Step("probe", ("uname", "-m"), root, limits=_PROBE)
            ended = self._run(step, said.append)
            _judge(root, ended, b"".join(said).decode(errors="replace").strip())
            self._probed.add(root.name)


def _judge(root: Root, ended: Exit, said: str) -> None:
    """Explain an image that does not run, by what ``uname -m`` said in it."""
    if "exec format error" in said.lower():
        raise EngineError(
            f"this machine cannot run {root.arch} programs (image {root.name})",
            context=said,
            hint="porter setup registers QEMU for them",
        )
    if ended.code == 0 and said != root.arch.name:
        raise EngineError(f"image {root.name} holds {said} programs, not {root.arch} ones")
