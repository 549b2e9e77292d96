"""A wheel for one interpreter alone, where its tags claim others that it does not serve.

An old setup.py that looks at ``sys.version_info`` makes another wheel with every Python, and calls
each of them ``py3-none-any``.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from porter.environment import open_wheel
from porter.model import Interpreter
from porter.repair.canonical import write_canonical
from porter.repair.members import copy_with
from porter.repair.tags import restated


def retag(wheel: Path, interpreter: Interpreter, *, out: Path, timestamp: int) -> Path:
    """Write the wheel to the folder `out`, for this interpreter by its name and its metadata.

    Its content is otherwise the same, in the form of `porter.repair.canonical`.
    """

    def restate(_python: str, abi: str, platform: str) -> str:
        return f"{interpreter.tag}-{'none' if abi == 'none' else interpreter.abi}-{platform}"

    release, *tag = wheel.name.removesuffix(".whl").rsplit("-", 3)
    made = out / f"{release}-{restate(*tag)}.whl"
    out.mkdir(parents=True, exist_ok=True)
    with open_wheel(wheel) as (archive, contents), tempfile.TemporaryDirectory(dir=out) as scratch:
        stated = f"{contents.dist_info}/WHEEL"
        copy = Path(scratch, made.name)
        changed = {stated: restated(archive.read(stated), restate)}
        copy_with(archive, contents, copy, changed=changed)
        write_canonical(copy, made, timestamp=timestamp)
    return made
