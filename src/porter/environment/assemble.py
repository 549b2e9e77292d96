"""Assemble the folder that ``python -m venv`` and ``pip install`` would have made.

Running pip under QEMU takes a quarter of a minute before it has done anything; unpacking the same
wheels here takes a fraction of a second, and executes nothing of them. The folder is meant to be
mounted into a step at `Environment.mounted_at`; its interpreter is a symlink to the base
interpreter of the step's root, so on this machine it usually dangles.
"""

from __future__ import annotations

import configparser
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from installer import install
from installer.destinations import SchemeDictionaryDestination
from installer.exceptions import InstallerError
from installer.records import InvalidRecordEntry
from installer.sources import WheelContentElement, WheelFile

from porter.environment.archive import WheelContents, compare_wheel, open_wheel
from porter.errors import StepFailed
from porter.model import Interpreter
from porter.phrases import first_of


@dataclass(frozen=True, slots=True)
class Environment:
    """An assembled environment: where it lies here, and what it is called inside a step."""

    folder: Path
    """On this machine; to be mounted at `mounted_at`."""
    mounted_at: str
    python: str
    """Its interpreter, as a path inside the step: ``/porter/env/bin/python``."""
    site_packages: Path
    """Its ``site-packages``, on this machine."""
    remarks: tuple[str, ...] = ()
    """What of its wheels is not as it should be, and serves all the same."""

    @property
    def purelib(self) -> str:
        """Its ``site-packages``, as a path inside the step."""
        return f"{self.mounted_at}/{self.site_packages.relative_to(self.folder)}"


def assemble(
    folder: Path,
    wheels: Sequence[Path],
    *,
    interpreter: Interpreter,
    python: str,
    mounted_at: str = "/porter/env",
) -> Environment:
    """Make `folder`, which must not exist or be empty, an environment with `wheels` installed.

    `python` is the base interpreter's absolute path inside the root the environment will be used
    with. Where two wheels hold the same file, the one whose file name sorts later wins, as with
    pip. No bytecode is written. Raises `StepFailed` for a wheel that is damaged, hostile, or of a
    project that is already there. A wheel whose RECORD disagrees with its files is installed, as by
    pip, and remarked: some on the indexes are so, what porter makes has been checked, and an
    archive as a whole is by its hash.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise FileExistsError(f"{folder} is not empty")
    compared = [compare_wheel(path) for path in sorted(wheels, key=lambda path: path.name)]
    contents = [wheel for wheel, _ in compared]
    _refuse_twins(contents)
    environment = Environment(
        folder,
        mounted_at,
        f"{mounted_at}/bin/python",
        folder / "lib" / f"python{interpreter.version}" / "site-packages",
        tuple(_remark(wheel, problems) for wheel, problems in compared if problems),
    )
    environment.site_packages.mkdir(parents=True)
    for wheel in contents:
        _install(wheel, environment)
    for script in (folder / "bin").glob("*"):
        script.chmod(0o755)  # as pip does, whatever the archive says
    # Last: the links dangle here, and a file written through one would land on this machine.
    _write_skeleton(environment, interpreter, python)
    return environment


def _remark(wheel: WheelContents, problems: Sequence[str]) -> str:
    return (
        f"{wheel.path.name}: RECORD and its files disagree: {first_of(problems, 1)}; it was "
        "installed all the same, as pip does"
    )


def _refuse_twins(contents: Sequence[WheelContents]) -> None:
    seen: dict[str, WheelContents] = {}
    for wheel in contents:
        if twin := seen.get(wheel.name):
            raise StepFailed(
                f"{wheel.path.name} and {twin.path.name} are of the same project, "
                "and cannot be installed into one environment"
            )
        seen[wheel.name] = wheel


class _Source(WheelFile):
    """`WheelFile` for a checked wheel: without bytecode, and with the name its folders really have.

    `installer` takes the data folder's name from the file name, which older wheels normalise
    differently than the folder inside; and it issues a Python warning for bytecode.
    """

    @property
    def data_dir(self) -> str:
        return f"{self.dist_info_dir.removesuffix('.dist-info')}.data"

    def get_contents(self) -> Iterator[WheelContentElement]:
        for element in super().get_contents():
            path = PurePosixPath(element[0][0])
            if path.parts[0] == self.data_dir and len(path.parts) < 3:
                raise ValueError(f"{path} is of no kind of data")
            if "__pycache__" not in path.parts:
                yield element


def _install(wheel: WheelContents, environment: Environment) -> None:
    folder = environment.folder
    headers = folder / "include" / "site" / environment.site_packages.parent.name / wheel.name
    destination = SchemeDictionaryDestination(
        {
            "purelib": str(environment.site_packages),
            "platlib": str(environment.site_packages),
            "headers": str(headers),
            "scripts": str(folder / "bin"),
            "data": str(folder),
        },
        interpreter=environment.python,
        script_kind="posix",
        overwrite_existing=True,
    )
    try:
        with open_wheel(wheel.path) as (archive, _):
            install(_Source(archive), destination, {"INSTALLER": b"porter\n"})
    except (InstallerError, InvalidRecordEntry, ValueError, KeyError, OSError) as error:
        raise StepFailed(f"{wheel.path.name}: cannot be installed: {error}") from error
    except (configparser.Error, AssertionError) as error:  # so `parse_entrypoints` refuses
        said = str(error).partition("\n")[0] or "a script without a function"
        raise StepFailed(
            f"{wheel.path.name}: cannot be installed: entry_points.txt: {said}"
        ) from error


def _write_skeleton(environment: Environment, interpreter: Interpreter, python: str) -> None:
    folder = environment.folder
    config = folder / "pyvenv.cfg"
    links = {
        "python": python,
        "python3": "python",
        f"python{interpreter.version}": "python",
    }
    for path in (config, *(folder / "bin" / name for name in links)):
        if path.exists():
            raise StepFailed(f"a wheel brings its own {path.relative_to(folder)}")
    (folder / "bin").mkdir(exist_ok=True)
    for name, target in links.items():
        (folder / "bin" / name).symlink_to(target)
    # https://docs.python.org/3/library/site.html: `home` is what makes it a virtual environment.
    config.write_text(
        f"home = {PurePosixPath(python).parent}\n"
        "include-system-site-packages = false\n"
        f"version = {interpreter.version}\n"
    )
