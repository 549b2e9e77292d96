"""Crates as cargo finds them without a network: a directory source, in the place of registries.

See https://doc.rust-lang.org/cargo/reference/source-replacement.html. The configuration stands in
a ``CARGO_HOME`` of the build, so that it serves wherever in the sandbox cargo is started, and a
source's own configuration goes before it.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

from porter.build.unpack import unpack
from porter.crates import Supply
from porter.errors import StepFailed

CARGO_HOME = "/porter/cargo"
"""Where it lies inside a step."""

_VENDOR = "crates"
_SOURCES = """\
[source.porter]
directory = "{vendor}"

[source.crates-io]
replace-with = "porter"

[net]
offline = true
"""
_OTHER = """
[source.other-{number}]
registry = {index}
replace-with = "porter"
"""
_NAMED = """
[registries.{name}]
index = {index}
"""


def lay(supply: Supply, home: Path) -> None:
    """Make `home`, the ``CARGO_HOME`` of a build, with crates in it that cargo takes from there.

    Raises `StepFailed` for an archive that is damaged or hostile, as `unpack` does.
    """
    vendor = home / _VENDOR
    vendor.mkdir(parents=True)
    for crate, archive in supply.archives.items():
        unpack(archive, vendor / crate.folder)
        # The archive's hash was checked: cargo need not know that of each file.
        sums = vendor / crate.folder / ".cargo-checksum.json"
        if os.path.lexists(sums):  # a link would lead the writing elsewhere
            raise StepFailed(f"the crate {crate} holds a {sums.name}, cargo's own", final=True)
        sums.write_text(json.dumps({"files": {}, "package": crate.sha256}))
    (home / "config.toml").write_text(configuration(supply))


def configuration(supply: Supply) -> str:
    """cargo's configuration: every registry of the lock is replaced by the crates that are here."""
    others = sorted({crate.source for crate in supply.archives} - {supply.crates_io})
    # A JSON string of ASCII is a TOML string too.
    sources = (
        _OTHER.format(number=number, index=json.dumps(source.removeprefix("registry+")))
        for number, source in enumerate(others, start=1)
    )
    named = (
        _NAMED.format(name=json.dumps(name), index=json.dumps(index))
        for name, index in sorted(supply.registries.items())
    )
    return "".join((_SOURCES.format(vendor=f"{CARGO_HOME}/{_VENDOR}"), *sources, *named))
