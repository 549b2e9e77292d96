"""Show that a wheel works where it is meant to: install, import and test it on the target."""

from porter.verify.wheel import Level, Verified, verify

__all__ = ["Level", "Verified", "verify"]
