from __future__ import annotations

from pathlib import Path

import pytest

from fakes.wheels import make_wheel
from porter.environment import open_wheel, read_wheel
from porter.model import Interpreter
from porter.repair import retag

TIME = 1591228800


@pytest.mark.parametrize(
    ("tags", "interpreter", "narrowed"),
    [
        ("py3-none-any", "3.9", "cp39-none-any"),
        ("py2.py3-none-any", "3.7", "cp37-none-any"),
        ("py3-none-manylinux2014_aarch64", "3.9", "cp39-none-manylinux2014_aarch64"),
        ("cp36-abi3-manylinux_2_17_aarch64", "3.7", "cp37-cp37m-manylinux_2_17_aarch64"),
    ],
)
def test_a_wheel_is_for_one_interpreter_by_its_name_and_its_metadata(
    tmp_path: Path, tags: str, interpreter: str, narrowed: str
) -> None:
    wheel = make_wheel(tmp_path, f"demo-1.0-{tags}.whl", {"a.py": "x = 1"})
    made = retag(wheel, Interpreter.parse(interpreter), out=tmp_path / "out", timestamp=TIME)
    assert made == tmp_path / "out" / f"demo-1.0-{narrowed}.whl"
    assert list(made.parent.iterdir()) == [made]
    assert read_wheel(made).names[0] == "a.py"  # every hash of its RECORD agrees
    with open_wheel(made) as (archive, contents):
        stated = archive.read(f"{contents.dist_info}/WHEEL").decode().splitlines()
    assert [line for line in stated if line.startswith("Tag")] == [f"Tag: {narrowed}"]
    assert stated[0] == "Wheel-Version: 1.0"


def test_the_same_wheel_becomes_the_same_file(tmp_path: Path) -> None:
    made = []
    for folder in (tmp_path / "a", tmp_path / "b"):
        wheel = make_wheel(folder, "demo-1.0-py3-none-any.whl", {"a.py": "", "b.py": ""})
        made.append(retag(wheel, Interpreter(3, 9), out=folder / "out", timestamp=TIME))
    assert made[0].read_bytes() == made[1].read_bytes()
