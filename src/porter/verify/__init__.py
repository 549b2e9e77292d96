"""Show that a wheel works where it is meant to: install, import and test it on the target."""

from porter.verify.parity import Ours, Parity, compare
from porter.verify.suite import Suite
from porter.verify.system import left_to_the_system, packages_with
from porter.verify.upstream import Nothing, Upstream, upstream
from porter.verify.wheel import DEFAULT_LIMITS, TESTS_LIMITS, Level, Verified, verify

__all__ = [
    "DEFAULT_LIMITS",
    "TESTS_LIMITS",
    "Level",
    "Nothing",
    "Ours",
    "Parity",
    "Suite",
    "Upstream",
    "Verified",
    "compare",
    "left_to_the_system",
    "packages_with",
    "upstream",
    "verify",
]
