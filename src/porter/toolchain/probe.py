"""Asking a root's Python what it is: one short step in the engine."""

from __future__ import annotations

import base64
import binascii
import json
import zlib
from typing import Any

from porter.engine import Engine, Limits, Root, Step
from porter.errors import ImageError
from porter.toolchain.values import Probe

_MARK = "porter-probe:"
# Runs in Python 3.6 and newer. Headers travel through standard output, so that no folder has to
# be writable; a megabyte and a half of them make about 400 kB.
_SCRIPT = r"""
import base64, json, os, sys, sysconfig, zlib
name = sysconfig._get_sysconfigdata_name()
top = sysconfig.get_path("include")
own = sysconfig.get_path("platinclude")
known = __import__(name, fromlist=["build_time_vars"]).build_time_vars
headers = {}
for folder in (top, own):
    for place, _, files in os.walk(folder):
        for file in files:
            path = os.path.join(place, file)
            if file.endswith(".h"):
                with open(path, encoding="utf-8", errors="replace") as stream:
                    headers[os.path.relpath(path, folder)] = stream.read()
config = sysconfig.get_config_h_filename()
if os.path.exists(config):
    with open(config, encoding="utf-8", errors="replace") as stream:
        headers["pyconfig.h"] = stream.read()
multiarch = known.get("MULTIARCH") or getattr(sys.implementation, "_multiarch", "")
report = {"version": sys.version_info[:2], "multiarch": multiarch, "variables": known,
          "headers": headers}
packed = base64.b64encode(zlib.compress(json.dumps(report).encode())).decode()
sys.stdout.write("\nporter-probe:" + packed + "\n")
"""


def probe(engine: Engine, root: Root) -> Probe:
    """Run the root's Python once and return what it says of itself.

    Raises `ImageError` where the root has no Python, or one that does not answer.
    """
    if root.python is None:
        raise ImageError(f"{root.name} has no Python", hint="Make the image again.")
    said = bytearray()
    step = Step(
        name="probe",
        argv=(root.python, "-I", "-c", _SCRIPT),
        root=root,
        limits=Limits(seconds=300),
    )
    exit_ = engine.run(step, said.extend)
    if exit_.code != 0:
        raise ImageError(
            f"{root.python} in {root.name} ended with {exit_.code}",
            context=said.decode("utf-8", "replace")[-2000:],
            hint="Try it by hand: porter doctor says what is missing.",
        )
    return parse(said.decode("utf-8", "replace"), root.name)


def parse(said: str, where: str) -> Probe:
    """Read the probe's answer; `ImageError` where there is none."""
    lines = [line for line in said.splitlines() if line.startswith(_MARK)]
    try:
        packed = base64.b64decode(lines[-1].removeprefix(_MARK), validate=True)
        report: dict[str, Any] = json.loads(zlib.decompress(packed))
        return Probe(
            version=(int(report["version"][0]), int(report["version"][1])),
            multiarch=str(report["multiarch"]),
            variables=dict(report["variables"]),
            headers=dict(report["headers"]),
        )
    except (IndexError, KeyError, TypeError, ValueError, binascii.Error, zlib.error) as error:
        raise ImageError(
            f"the Python of {where} does not describe itself", context=f"{said[-1000:]}\n{error}"
        ) from error
