"""Do what the doctor proposes, on Debian and Ubuntu; elsewhere say what to do.

`propose` and `by_hand` are pure; `apply` changes the machine and is called only after consent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import chain

from porter.doctor.actions import (
    Action,
    Install,
    MakeImage,
    Register,
    StartDocker,
    needs_root,
)
from porter.doctor.findings import Finding
from porter.errors import SurroundingsError
from porter.model import Interpreter, Platform

_ORDER = (Install, StartDocker, Register, MakeImage)


@dataclass(frozen=True, slots=True)
class Doers:
    """What `apply` does to the machine, each by its own kind of action."""

    run: Callable[[Sequence[str]], None]
    """Runs a command; raises `SurroundingsError` when it fails."""
    start_docker: Callable[[StartDocker], None]
    """Starts the daemon and returns when it answers."""
    register: Callable[[Register], None]
    """Registers QEMU with the kernel."""
    make_image: Callable[[Platform, Interpreter], None]
    """Gets an image, with the engine that is there by then."""


def propose(findings: Iterable[Finding]) -> tuple[Action, ...]:
    """What to do, in the order it has to be done, each thing once; nothing when all is well."""
    wanted = list(dict.fromkeys(chain.from_iterable(f.actions for f in findings)))
    packages = {p for action in wanted if isinstance(action, Install) for p in action.packages}
    others = [action for action in wanted if not isinstance(action, Install)]
    install: list[Action] = [Install(tuple(sorted(packages)))] if packages else []
    return (*install, *sorted(others, key=lambda action: _ORDER.index(type(action))))


def by_hand(actions: Iterable[Action], *, debian: bool, root: bool) -> str:
    """What a person would type to do the same.

    Where apt is not the system's own, packages are named by what they bring.
    """
    lines: list[str] = []
    for action in actions:
        if isinstance(action, Install) and not debian:
            lines.append(f"install what Debian calls: {' '.join(action.packages)}")
            continue
        sudo = needs_root(action) and not root
        lines += [_sudo(command) if sudo else command for command in action.commands]
    return "\n".join(lines)


def apply(
    actions: Sequence[Action],
    doers: Doers,
    *,
    notice: Callable[[str], None],
    debian: bool,
    root: bool,
) -> None:
    """Do the actions in order, telling each by `notice`.

    Raises:
        SurroundingsError: not root, or no Debian, and an action needs it (the hint says what to
            type); or a command fails.
    """
    _refuse(actions, debian=debian, root=root)
    for action in actions:
        match action:
            case Install():
                notice(f"installing {', '.join(action.packages)}")
                for command in _apt(action):
                    doers.run(command)
            case StartDocker():
                notice("starting docker")
                doers.start_docker(action)
            case Register():
                notice(f"registering QEMU for {action.arch}")
                doers.register(action)
            case MakeImage():
                doers.make_image(action.platform, action.interpreter)


def _refuse(actions: Sequence[Action], *, debian: bool, root: bool) -> None:
    if not debian and any(isinstance(action, Install) for action in actions):
        raise SurroundingsError(
            "porter sets up Debian and Ubuntu only",
            hint="Do this, then run porter doctor:\n" + by_hand(actions, debian=debian, root=root),
        )
    if not root and any(needs_root(action) for action in actions):
        rooted = [action for action in actions if needs_root(action)]
        raise SurroundingsError(
            "this needs root",
            hint="Do this, then run porter setup again:\n"
            + by_hand(rooted, debian=debian, root=root),
        )


def _apt(action: Install) -> Sequence[Sequence[str]]:
    """A bare machine has no package lists yet."""
    return (
        ("apt-get", "update"),
        ("apt-get", "install", "--yes", "--no-install-recommends", *action.packages),
    )


def _sudo(command: str) -> str:
    plain = not any(sign in command for sign in "|>&")
    return f"sudo {command}" if plain else f"sudo sh -c '{command}'"
