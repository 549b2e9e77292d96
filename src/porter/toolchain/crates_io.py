"""What cargo knows of its own registry, crates.io: asked of cargo itself, in a made-up project.

Cargo has no command that tells. But it writes the registry into a lock, and without a network
it names the file it could not get.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from porter.engine import Engine, Limits, Mount, Root, Step
from porter.errors import ImageError
from porter.toolchain.apart import Apart
from porter.toolchain.rust import command
from porter.toolchain.sandbox import RUST

_SCRIPT = r"""
set -e
mkdir -p /tmp/asking/src /tmp/crates/asked/src /tmp/home
cd /tmp/asking
: > src/lib.rs
: > /tmp/crates/asked/src/lib.rs
cat > Cargo.toml <<'END'
[package]
name = "asking"
version = "0.0.0"
[dependencies]
asked = "1"
END
cat > /tmp/crates/asked/Cargo.toml <<'END'
[package]
name = "asked"
version = "1.0.0"
END
sum=$(printf '%064d' 0)
echo '{"files": {}, "package": "'$sum'"}' > /tmp/crates/asked/.cargo-checksum.json
cat > /tmp/home/config.toml <<'END'
[source.crates-io]
replace-with = "here"
[source.here]
directory = "/tmp/crates"
END
CARGO_HOME=/tmp/home "$@" generate-lockfile --offline
cat Cargo.lock
rm Cargo.lock /tmp/home/config.toml
CARGO_HOME=/tmp/home CARGO_NET_RETRY=0 "$@" fetch && exit 1
exit 0
"""
_LOCKED = re.compile(r'^source = "(registry\+\S+)"$', re.MULTILINE)
_INDEX = re.compile(r"failed to download from `(https://\S+/)config\.json`")


@dataclass(frozen=True, slots=True)
class CratesIo:
    """The registry that cargo knows without being told."""

    locked: str
    """How a lock writes it."""
    index: str
    """How a configuration writes where it answers: ``sparse+https://…``."""


def ask_cargo(engine: Engine, root: Root, rust: Apart) -> CratesIo:
    """Run cargo once, without a network, and read what it says of crates.io.

    Any root that has a shell will do. Raises `ImageError` where cargo does not tell.
    """
    said = bytearray()
    step = Step(
        name="crates-io",
        argv=("sh", "-c", _SCRIPT, "sh", *command(rust)),
        root=root,
        # It asks rustc for its version, which matters to nothing here.
        env={"PATH": "/usr/bin:/bin", "RUSTC": "/bin/true"},
        mounts=(Mount(rust.path, RUST),),
        limits=Limits(seconds=300),
    )
    ended = engine.run(step, said.extend)
    text = said.decode("utf-8", "replace")
    locked, index = _LOCKED.search(text), _INDEX.search(text)
    if ended.code != 0 or locked is None or index is None:
        raise ImageError(
            f"the cargo in {rust.path} does not say where it gets crates from",
            context=text[-2000:],
            hint="Remove that root (porter image remove), and porter makes it again.",
        )
    return CratesIo(locked[1], f"sparse+{index[1]}")
