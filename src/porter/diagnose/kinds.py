"""Every kind of failure by its name: those the rules find, and those porter finds itself."""

from __future__ import annotations

from porter.diagnose.rule import Rule
from porter.diagnose.table import GENERAL, TABLE

NO_ROOT = "no-root"
"""A failure for want of what the strategy runs in: another strategy may do without."""
NO_TOOL = "no-tool"
"""A failure for want of a wheel of a build requirement: another strategy has another Python."""

OWN: tuple[Rule, ...] = (
    Rule(
        NO_ROOT,
        "there is no image, root or interpreter here to build it with",
        "porter doctor --python VERSION says what is missing.",
    ),
    Rule(
        NO_TOOL,
        "what it is built with has no wheel for the Python that builds it",
        "Name that release beside the target, NAME==VERSION: then it is built, too.",
    ),
    Rule(
        "timeout",
        "its time was over",
        "Give it more (--timeout SECONDS, or time in its recipe), or more of the machine.",
    ),
    Rule(
        "silent",
        "it wrote nothing for too long",
        "If it was still at work, let it be silent longer: --max-silent-time SECONDS.",
    ),
    Rule(
        "unfit-binary",
        "a file in its wheel does not fit the target: wrong machine, a name of libm's or libc's "
        "defined in it, …",
        "The lines name the files; another --strategy may link them otherwise.",
        by_compiler=True,
    ),
    Rule(
        "nothing-compiled",
        "the wheel is named for a platform, and nothing compiled is in it",
        "Its build went on without its extension modules: the log tells which it left out.",
        by_compiler=True,
    ),
    Rule(
        "backend-missing",
        "its build backend cannot be imported",
        "Name what is missing in a recipe, under build-requires.add, and plan again.",
    ),
    Rule(
        "import-failed",
        "its modules cannot be imported on the target",
        "The traceback below names the cause.",
    ),
    Rule(
        "crate-registry",
        "the registry of its crates cannot be reached",
        "Name one that answers in your configuration of cargo (how-to/rust).",
    ),
    Rule(
        "missing-in-plan",
        "its build backend asks for more than is in the plan",
        "Name it in a recipe, under build-requires.add, and plan again.",
    ),
)

KINDS: tuple[Rule, ...] = (*OWN, *TABLE, *GENERAL)
_BY_NAME = {kind.name: kind for kind in KINDS}


def rule_named(name: str | None) -> Rule | None:
    """The kind of that name; None for a failure that has none."""
    return _BY_NAME.get(name) if name else None
