"""How long a wheel of NumPy is verified under QEMU, beside the same done by hand.

``python benchmarks/verify.py [--rounds N] [REQUIREMENT]``. The wheel is built by cross once. Then
porter, and a person with venv and pip in the same root, take turns: both install it into a fresh
environment and import it, the person the package alone, porter every extension module too.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

from lib.report import table, write_section
from porter.app.machine import images_of
from porter.engine import Engine, Mount, Root, Step, choose
from porter.model import Interpreter, Platform

PYTHON = "3.9"
# As porter tells its progress: "  14.6s ▶ numpy==1.18.5@cp39: verify (cross)".
_PHASE = re.compile(r"^\s*([\d.]+)s ▶ \S+: (verify|publish) ", re.MULTILINE)
_BY_HAND = """\
"$0" -m venv /tmp/env && /tmp/env/bin/pip install --quiet --no-index --find-links /wheels "$1" &&
/tmp/env/bin/python -c "import $2"
"""


def porter(requirement: str, level: str, workspace: Path) -> str:
    """Build one package from source as far as that is not done; what porter says meanwhile."""
    name = requirement.partition("=")[0]
    command = [sys.executable, "-m", "porter", "build", requirement, "--python", PYTHON]
    command += ["--from-source", name, "--strategy", "cross", "--verify", level]
    done = subprocess.run(
        [*command, "--workspace", str(workspace)], capture_output=True, text=True, check=True
    )
    return done.stderr


def verified(requirement: str, built: Path) -> float:
    """Seconds of porter's phase, for a wheel that is built and not verified."""
    with tempfile.TemporaryDirectory() as folder:
        workspace = Path(folder) / "workspace"
        shutil.copytree(built, workspace, symlinks=True)
        said = porter(requirement, "import", workspace)
    begun = {phase: float(seconds) for seconds, phase in _PHASE.findall(said)}
    return begun["publish"] - begun["verify"]


def by_hand(requirement: str, wheels: Path, engine: Engine, root: Root) -> float:
    """Seconds of venv, pip and one import in the same root."""
    name = requirement.partition("=")[0]
    step = Step(
        "by-hand",
        ("/bin/sh", "-c", _BY_HAND, str(root.python), requirement, name),
        root,
        mounts=(Mount(wheels, "/wheels"),),
    )
    said = bytearray()
    ended = engine.run(step, said.extend)
    if ended.code != 0:
        sys.exit(f"venv, pip and import failed: {said.decode(errors='replace')}")
    return ended.seconds


def main() -> None:
    """Measure, print, and write the section of the page."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("requirement", nargs="?", default="numpy==1.18.5")
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    engine = choose("auto", notice=print)
    images = images_of(engine, print)
    platform = Platform.parse("aarch64", "manylinux2014")
    root = images.target_root(platform, Interpreter.parse(PYTHON))
    ours, theirs = [], []
    with tempfile.TemporaryDirectory() as folder:
        built = Path(folder)
        porter(asked.requirement, "none", built)
        for _ in range(asked.rounds):
            ours.append(verified(asked.requirement, built))
            theirs.append(by_hand(asked.requirement, built / "wheelhouse", engine, root))
    quick, slow = median(ours), median(theirs)
    rows = [
        ("porter: assembled here, every module imported", f"{quick:.1f} s", "1.0"),
        ("venv, pip install, one import", f"{slow:.1f} s", f"{slow / quick:.1f}"),
    ]
    text = f"{asked.requirement}, Python {PYTHON}, medians of {asked.rounds}, under QEMU.\n\n"
    text += table(("", "seconds", "ratio"), rows)
    write_section("verify", text)
    print(text)


if __name__ == "__main__":
    main()
