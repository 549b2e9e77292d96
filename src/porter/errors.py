"""The errors porter raises itself: what happened, to what, and what to do next.

A package that fails to build is a value (`porter.model.Outcome`), not an exception. What is
raised here is trouble of porter's own: bad input, no such release, an index or engine that
does not answer. Each class owns the exit status a command ends with; only `porter.cli` turns
an error into text and a status.
"""

from __future__ import annotations


class PorterError(Exception):
    """Base of all errors a command may end with.

    Attributes:
        message: what happened, naming the package or file, in one sentence.
        context: further lines that show the cause (may be empty).
        hint: the next step for the person reading it, or None.
        exit_code: the status the process ends with.

    """

    exit_code = 4

    def __init__(self, message: str, *, context: str = "", hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.context = context
        self.hint = hint


class UsageError(PorterError):
    """A malformed requirement, option value or file."""

    exit_code = 2


class ResolutionError(PorterError):
    """No such project or release, or no set of versions satisfies the requirements."""

    exit_code = 3


class SurroundingsError(PorterError):
    """The machine around porter fails: an index, an engine, the disk."""

    exit_code = 4


class IndexUnavailable(SurroundingsError):
    """A package index cannot be reached, or answers with something that cannot be used."""


class EngineError(SurroundingsError):
    """No engine can run commands, or the one chosen stopped answering."""


class EngineGone(EngineError):
    """The engine broke off, restarted or does not answer: the same step may well work later."""


class ImageError(SurroundingsError):
    """An image or root filesystem cannot be had."""


class StepFailed(Exception):
    """Raised inside a port's step; `porter.run` turns it into an `Outcome`.

    Attributes:
        reason: one sentence a person understands.
        context: the log lines that matter (may be empty).
        hint: the next step, or None.
        final: whether every other strategy would fail in the same way, because the cause lies in
            the source itself; then none is tried.
        rule: the kind of failure, by its name in `porter.diagnose`, or None.
        status: the exit status of a command, where only its log tells why it failed.

    """

    def __init__(
        self,
        reason: str,
        *,
        context: str = "",
        hint: str | None = None,
        final: bool = False,
        rule: str | None = None,
        status: int | None = None,
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.context = context
        self.hint = hint
        self.final = final
        self.rule = rule
        self.status = status


class LimitMet(StepFailed):
    """A step ran into a limit of time or memory, or was killed: on another day it may not."""
