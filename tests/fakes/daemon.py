"""A dockerd of a test's own: it may be stopped, and the machine's one is not touched."""

from __future__ import annotations

import io
import platform
import signal
import subprocess
import tarfile
import time
from pathlib import Path
from typing import Any

from porter.engine import Root
from porter.model import ARCHITECTURES


class Daemon:
    """Runs in `folder` while it is up; without networks, which no step has."""

    def __init__(self, folder: Path) -> None:
        self.address = f"unix://{folder}/docker.sock"
        self._folder = folder
        self._log = folder / "dockerd.log"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, and wait until it answers."""
        words = ["dockerd", "--host", self.address, "--bridge", "none", "--iptables=false"]
        words += ["--storage-driver", "vfs", "--pidfile", str(self._folder / "pid")]
        words += ["--data-root", str(self._folder / "data"), "--exec-root", str(self._folder / "x")]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                words, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )
        deadline = time.monotonic() + 60
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"no dockerd: {self._log.read_text()[-2000:]}")
            time.sleep(0.1)

    def end(self, how: signal.Signals = signal.SIGTERM) -> None:
        """Let it end itself, as a shutdown of the machine or an upgrade does."""
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(60)
            self._process = None

    def _answers(self) -> bool:
        command = ["docker", "--host", self.address, "version"]
        return subprocess.run(command, capture_output=True, check=False).returncode == 0


def import_image(api: Any, folder: Path, name: str) -> None:
    """Make an image of an unpacked root filesystem (``docker import``)."""
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w") as tar:
        tar.add(folder, arcname=".")
    repository, tag = name.split(":")
    api.import_image_from_data(data.getvalue(), repository=repository, tag=tag)


def native(name: str, path: Path | None = None) -> Root:
    """A root of this machine's architecture."""
    return Root(name, ARCHITECTURES[platform.machine()], "sha256:0", None, "debian", path)
