"""What `porter setup` can do to a machine, as values that can be shown before they are done."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from pathlib import Path

from porter.model import Architecture, Interpreter, Platform

BINFMT = Path("/proc/sys/fs/binfmt_misc")
CONFIGURATIONS = Path("/usr/lib/binfmt.d")


@dataclass(frozen=True, slots=True, order=True)
class Install:
    """Install Debian packages."""

    packages: tuple[str, ...]

    @property
    def commands(self) -> tuple[str, ...]:
        """As a person would type them, as root."""
        names = shlex.join(self.packages)
        return ("apt-get update", f"apt-get install --no-install-recommends -y {names}")


@dataclass(frozen=True, slots=True)
class StartDocker:
    """Start docker's daemon."""

    systemd: bool
    """Whether systemd runs here; else the daemon is started on its own."""

    @property
    def commands(self) -> tuple[str, ...]:
        """As a person would type them, as root."""
        return ("systemctl start docker",) if self.systemd else ("setsid --fork dockerd",)


@dataclass(frozen=True, slots=True)
class Register:
    """Make the kernel run programs of another architecture under QEMU (binfmt_misc)."""

    arch: Architecture

    @property
    def commands(self) -> tuple[str, ...]:
        """As a person would type them, as root."""
        return (
            f"mountpoint -q {BINFMT} || mount -t binfmt_misc binfmt_misc {BINFMT}",
            f"cat {self.configuration} > {BINFMT}/register",
        )

    @property
    def configuration(self) -> Path:
        """The line that registers it, as the QEMU package brings it; QEMU's names are its own."""
        name = {"armv7l": "arm"}.get(self.arch.name, self.arch.name)
        return CONFIGURATIONS / f"qemu-{name}.conf"


@dataclass(frozen=True, slots=True)
class MakeImage:
    """Get the image of an interpreter: pulled, or bootstrapped from Debian. Needs no root."""

    platform: Platform
    interpreter: Interpreter

    @property
    def commands(self) -> tuple[str, ...]:
        """As a person would type them."""
        arch, policy = self.platform.arch, self.platform.policy
        python = self.interpreter.version
        return (f"porter image bootstrap --arch {arch} --policy {policy} --python {python}",)


Action = Install | StartDocker | Register | MakeImage


def needs_root(action: Action) -> bool:
    """Whether only root may do it."""
    return not isinstance(action, MakeImage)
