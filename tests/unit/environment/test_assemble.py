from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from fakes.wheels import make_wheel
from porter.environment import Environment, assemble
from porter.errors import StepFailed
from porter.model import Interpreter

CP39 = Interpreter(3, 9)
INFO = "demo-1.0.dist-info"


def wheel(folder: Path, files: dict[str, bytes | str], name: str = "demo") -> Path:
    return make_wheel(folder, f"{name}-1.0-py3-none-any.whl", files)


def environment(folder: Path, *wheels: Path) -> Environment:
    return assemble(folder, wheels, interpreter=CP39, python="/opt/python/cp39-cp39/bin/python")


def test_the_folder_has_the_shape_of_a_venv(tmp_path: Path) -> None:
    made = environment(tmp_path / "env", wheel(tmp_path, {"demo.py": "x = 1"}))
    assert made.python == "/porter/env/bin/python"
    assert made.purelib == "/porter/env/lib/python3.9/site-packages"
    assert (made.site_packages / "demo.py").read_text() == "x = 1"
    assert (made.site_packages / INFO / "INSTALLER").read_text() == "porter\n"
    links = {path.name: str(path.readlink()) for path in (made.folder / "bin").iterdir()}
    assert links == {
        "python": "/opt/python/cp39-cp39/bin/python",
        "python3": "python",
        "python3.9": "python",
    }
    assert (made.folder / "pyvenv.cfg").read_text().splitlines() == [
        "home = /opt/python/cp39-cp39/bin",
        "include-system-site-packages = false",
        "version = 3.9",
    ]


def test_scripts_call_the_interpreter_where_it_will_be(tmp_path: Path) -> None:
    files: dict[str, bytes | str] = {
        "demo.py": "",
        "demo-1.0.data/scripts/tool": "#!python\nimport demo\n",
        f"{INFO}/entry_points.txt": "[console_scripts]\ndemo = demo:main\n",
    }
    made = environment(tmp_path / "env", wheel(tmp_path, files))
    for name in ("tool", "demo"):
        script = made.folder / "bin" / name
        assert script.read_text().startswith("#!/porter/env/bin/python\n")
        assert script.stat().st_mode & 0o111 == 0o111


def test_headers_and_data_have_their_places(tmp_path: Path) -> None:
    files: dict[str, bytes | str] = {
        "Demo_Pkg-1.0.data/headers/demo.h": "h",
        "Demo_Pkg-1.0.data/data/share/demo.txt": "d",
        "Demo_Pkg-1.0.data/purelib/pure.py": "p",
        "Demo_Pkg-1.0.data/platlib/plat.py": "p",
    }
    built = make_wheel(tmp_path, "Demo_Pkg-1.0-py3-none-any.whl", files)
    made = environment(tmp_path / "env", built.rename(tmp_path / "demo_pkg-1.0-py3-none-any.whl"))
    assert (made.folder / "include/site/python3.9/demo-pkg/demo.h").read_text() == "h"
    assert (made.folder / "share/demo.txt").read_text() == "d"
    assert {p.name for p in made.site_packages.glob("*.py")} == {"pure.py", "plat.py"}


def test_bytecode_is_left_out(tmp_path: Path) -> None:
    made = environment(
        tmp_path / "env", wheel(tmp_path, {"demo.py": "", "__pycache__/demo.cpython-39.pyc": "?"})
    )
    assert not list(made.folder.rglob("*.pyc"))


@pytest.mark.parametrize("name", ["bin/python", "bin/python3", "pyvenv.cfg"])
def test_a_wheel_cannot_bring_the_interpreter(tmp_path: Path, name: str) -> None:
    with pytest.raises(StepFailed, match=f"brings its own {name}"):
        environment(tmp_path / "env", wheel(tmp_path, {f"demo-1.0.data/data/{name}": "x"}))


def test_an_entry_point_cannot_leave_the_folder(tmp_path: Path) -> None:
    text = "[console_scripts]\n../../../evil = demo:main\n"
    with pytest.raises(StepFailed, match="cannot be installed"):
        environment(tmp_path / "env", wheel(tmp_path, {f"{INFO}/entry_points.txt": text}))
    assert not (tmp_path.parent / "evil").exists()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[console_scripts]\ndemo = demo\n", "entry_points.txt: a script without a function"),
        ("demo = demo:main\n", "entry_points.txt: File contains no section headers"),
        ("[console_scripts]\na = b:c\na = b:c\n", "entry_points.txt: .* option 'a' .* exists"),
    ],
)
def test_entry_points_that_cannot_be_read_are_refused(
    tmp_path: Path, text: str, words: str
) -> None:
    with pytest.raises(StepFailed, match=f"(?s)cannot be installed: {words}"):
        environment(tmp_path / "env", wheel(tmp_path, {f"{INFO}/entry_points.txt": text}))


def test_a_file_that_lies_in_no_kind_of_data_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StepFailed, match="cannot be installed"):
        environment(tmp_path / "env", wheel(tmp_path, {"demo-1.0.data/data": "x"}))


def test_a_record_that_disagrees_is_remarked(tmp_path: Path) -> None:
    other = make_wheel(tmp_path, "demo-1.0-py3-none-any.whl", {"demo.py": "x"}, record="")
    made = environment(tmp_path / "env", other)
    assert (made.site_packages / "demo.py").read_text() == "x"
    (remark,) = made.remarks
    assert "demo-1.0-py3-none-any.whl: RECORD and its files disagree: demo.py is not li" in remark
    assert not environment(tmp_path / "2", wheel(tmp_path / "well", {"demo.py": "x"})).remarks


def test_a_record_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    other = make_wheel(tmp_path, "demo-1.0-py3-none-any.whl", {}, record="demo.py,sha256=a")
    with pytest.raises(StepFailed, match=r"RECORD cannot be read: .* three fields"):
        environment(tmp_path / "env", other)


def test_a_data_folder_of_unknown_kind_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StepFailed, match="cannot be installed"):
        environment(tmp_path / "env", wheel(tmp_path, {"demo-1.0.data/strange/x": "x"}))


def test_two_wheels_of_one_project_are_refused(tmp_path: Path) -> None:
    second = make_wheel(tmp_path, "demo-1.1-py3-none-any.whl", {})
    with pytest.raises(StepFailed, match="same project"):
        environment(tmp_path / "env", wheel(tmp_path, {}), second)


def test_where_two_wheels_hold_one_file_the_later_name_wins(tmp_path: Path) -> None:
    wheels = [wheel(tmp_path, {"tests/__init__.py": name}, name) for name in ("bbb", "aaa")]
    made = environment(tmp_path / "env", *wheels)
    assert (made.site_packages / "tests/__init__.py").read_text() == "bbb"


def test_a_folder_in_use_is_not_touched(tmp_path: Path) -> None:
    (tmp_path / "env").mkdir()
    (tmp_path / "env" / "mine").touch()
    with pytest.raises(FileExistsError):
        environment(tmp_path / "env")


def test_python_takes_it_for_an_environment(tmp_path: Path) -> None:
    folder = tmp_path / "env"
    made = assemble(
        folder,
        [wheel(tmp_path, {"demo.py": "x = 7"})],
        interpreter=Interpreter(*sys.version_info[:2]),
        python=str(Path(sys.base_prefix) / "bin" / "python3"),
        mounted_at=str(folder),
    )
    code = "import demo, sys; print(demo.x, sys.prefix)"
    done = subprocess.run([made.python, "-I", "-B", "-c", code], capture_output=True, check=True)
    assert done.stdout.decode().split() == ["7", str(folder)]
