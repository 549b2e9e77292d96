"""A port's key: the digest of everything that can change its wheel.

How far a wheel is verified, and where, is not in it: a wheel that shall be proved further, or in
another root, is proved, not built again.

Same key, same artifact (the "input-addressed" rule of Nix,
https://nix.dev/manual/nix/stable/store/derivation/): file names, time stamps and addresses are not
in it, contents are.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass

from porter.model import Interpreter, Platform, Strategy

# Raised when porter itself changes in a way that changes wheels made from the same inputs.
FORMAT = 4


@dataclass(frozen=True, slots=True)
class Inputs:
    """What a key is made of, and where its wheel is proved; every digest is of content."""

    source: str
    """sha256 of the sdist; of the wheel itself where an index's wheel is only verified."""
    interpreter: Interpreter
    platform: Platform
    strategy: Strategy | None
    """None where nothing is built."""
    root: str
    """Digest of the root filesystem the build runs in."""
    sysroot: str
    """Digest of the root filesystem the wheel is linked against, system packages included."""
    toolchain: str
    environment: Mapping[str, str]
    """File name to sha256 of every wheel in the build environment."""
    recipe: str | None
    timestamp: int | None
    """SOURCE_DATE_EPOCH of the build, in seconds since 1970; None where nothing is built."""
    target_root: str
    """Digest of the root filesystem the wheel is proved in. No part of the key."""

    def as_data(self) -> dict[str, object]:
        """The inputs as plain JSON data, for the journal."""
        return {
            "format": FORMAT,
            "source": self.source,
            "interpreter": self.interpreter.tag,
            "platform": str(self.platform),
            "strategy": self.strategy,
            "root": self.root,
            "sysroot": self.sysroot,
            "toolchain": self.toolchain,
            "environment": dict(sorted(self.environment.items())),
            "recipe": self.recipe,
            "timestamp": self.timestamp,
            "target_root": self.target_root,
        }

    def key(self) -> str:
        """``sha256:…`` over the canonical JSON of the inputs."""
        inputs = self.as_data()
        del inputs["target_root"]
        text = json.dumps(inputs, sort_keys=True, separators=(",", ":"))
        return "sha256:" + hashlib.sha256(text.encode()).hexdigest()
