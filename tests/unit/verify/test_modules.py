from __future__ import annotations

from pathlib import Path

from fakes.wheels import make_wheel
from porter.verify.modules import modules_of, whole_of


def initialises(name: str) -> bytes:
    return b"\x7fELF...\0PyInit_" + name.encode() + b"\0..."


def test_top_level_and_compiled_modules(tmp_path: Path) -> None:
    files: dict[str, bytes | str] = {
        "single.py": "",
        "package/__init__.py": "",
        "package/inner/deep.py": "",
        "package/_fast.cpython-39-aarch64-linux-gnu.so": initialises("_fast"),
        "package/inner/_abi.abi3.so": initialises("_abi"),
        "package/inner/__init__.cpython-39-aarch64-linux-gnu.so": initialises("inner"),
        "package/old.so": initialises("old"),
        "package/libother.so": b"\x7fELF...\0other\0",
        "package/data.so": initialises("another"),
        "_flat.cpython-39-aarch64-linux-gnu.so": initialises("_flat"),
        "space/_ext.cpython-39-aarch64-linux-gnu.so": initialises("_ext"),
        "not-a-name/x.py": "",
        "only-data/x.txt": "",
        "demo.libs/libz-1234.so.1": b"\x7fELF",
        "demo-1.0.data/scripts/tool.py": "",
        "demo-1.0.data/purelib/late.py": "",
        "demo-1.0.data/headers/x.h": "",
    }
    found = modules_of(make_wheel(tmp_path, "demo-1.0-cp39-cp39-linux_aarch64.whl", files))
    assert found.top_level == ("_flat", "late", "package", "single", "space")
    assert found.extensions == (
        "_flat",
        "package._fast",
        "package.inner",
        "package.inner._abi",
        "package.old",
        "space._ext",
    )
    assert found.all == (*found.top_level, *found.extensions[1:])


def test_names_beyond_ascii_have_another_function(tmp_path: Path) -> None:
    files = {"größe.abi3.so": b"\x7fELF\0PyInitU_gre_lka\0", "länge.abi3.so": b"\x7fELF"}
    found = modules_of(make_wheel(tmp_path, "demo-1.0-cp39-abi3-linux_aarch64.whl", files))
    assert found.extensions == ("größe",)


def test_a_file_named_as_the_folder_of_data_is_no_module(tmp_path: Path) -> None:
    files: dict[str, bytes | str] = {"demo-1.0.data": "", "demo.py": ""}
    found = modules_of(make_wheel(tmp_path, "demo-1.0-py3-none-any.whl", files))
    assert found.all == ("demo",)


def test_scripts_that_nobody_imports_are_left_out(tmp_path: Path) -> None:
    files: dict[str, bytes | str] = {
        "__init__.py": "from .demo import x",
        "__main__.py": "",
        "setup.py": "",
        "demo/__init__.py": "x = 1",
        "demo/setup.py": "",
    }
    found = modules_of(make_wheel(tmp_path, "demo-1.0-py3-none-any.whl", files))
    assert found.all == ("demo",)


def test_packages_that_others_cannot_add_to(tmp_path: Path) -> None:
    files: dict[str, bytes | str] = {
        "single.py": "",
        "_fast.cpython-39-aarch64-linux-gnu.so": initialises("_fast"),
        "package/__init__.py": "",
        "package/module.py": "",
        "package/data.txt": "",
        "package/sub/__init__.cpython-39-aarch64-linux-gnu.so": initialises("sub"),
        "space/mine/__init__.py": "",
        "space/loose.py": "",
        "shared/__init__.py": "__path__ = __import__('pkgutil').extend_path(__path__, __name__)",
        "shared/own/__init__.py": "",
        "notes.txt": "",
        "demo-1.0.data/purelib/late.py": "",
        "demo-1.0.data/scripts/tool.py": "",
    }
    wheel = make_wheel(tmp_path, "demo-1.0-cp39-cp39-linux_aarch64.whl", files)
    alone = {"single", "_fast", "late"}
    assert whole_of(wheel) == alone | {"package", "package.sub", "space.mine", "shared.own"}
