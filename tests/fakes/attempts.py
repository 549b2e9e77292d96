"""Rows of a journal."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from porter.run import Attempt

PLATFORM = "manylinux2014_aarch64"
NOON = datetime(2026, 1, 2, 12, 0, 0, tzinfo=UTC)


def attempt(port: str = "demo==1@cp39", **more: Any) -> Attempt:
    """An attempt that built its port within a second, as far as nothing else is said."""
    values: dict[str, Any] = {
        "platform": PLATFORM,
        "key": "sha256:aa",
        "inputs": {},
        "strategy": "cross",
        "engine": "fake",
        "outcome": "built",
        "started": NOON,
        "seconds": 1.0,
    }
    return Attempt(port=port, **{**values, **more})
