"""The arrows of docs/explanation/architecture.md, as [tool.importlinter] in pyproject.toml."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]


def test_imports_follow_the_way_of_the_data() -> None:
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_room_has_its_place_among_the_layers() -> None:
    settings = (REPOSITORY / "pyproject.toml").read_text()
    package = REPOSITORY / "src" / "porter"
    rooms = {path.parent.name for path in package.glob("*/__init__.py")}
    rooms |= {path.stem for path in package.glob("*.py") if not path.stem.startswith("__")}
    missing = {
        room
        for room in rooms
        if f'porter.{room}"' not in settings.split("layers = [")[1].split("]")[0]
        and f"porter.{room} " not in settings
    }
    assert not missing
