"""An assembled environment, and the verification of a wheel, in a real AArch64 root under QEMU."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from fakes.wheels import make_wheel
from porter.config import cache_folder
from porter.engine import DockerEngine, Engine, LocalEngine, Root, host_root
from porter.errors import StepFailed
from porter.images import container_images, local_images
from porter.model import Interpreter, Platform
from porter.verify import Level, Verified, verify

AARCH64 = Platform.parse("aarch64", "manylinux2014")
CP39 = Interpreter(3, 9)

Verify = Callable[[Path], Verified]


def _docker() -> tuple[Engine, Root]:
    engine = DockerEngine.connect("docker")
    cache = cache_folder(os.environ)
    images = container_images(engine.client, cache=cache, notice=print, spare_root=host_root)
    return engine, images.target_root(AARCH64, CP39)


def _local() -> tuple[Engine, Root]:
    engine = LocalEngine.connect(notice=print)
    cache = cache_folder(os.environ)
    images = local_images(cache=cache, notice=print, host_root=host_root)
    return engine, images.target_root(AARCH64, CP39)


@pytest.fixture(
    params=[
        pytest.param(_docker, id="docker", marks=pytest.mark.docker),
        pytest.param(_local, id="local", marks=pytest.mark.root),
    ]
)
def verified(request: pytest.FixtureRequest, tmp_path: Path) -> Verify:
    engine, root = request.param()

    def run(wheel: Path) -> Verified:
        return verify(
            wheel,
            dependencies=[make_wheel(tmp_path, "need-1.0-py3-none-any.whl", {"need.py": ""})],
            engine=engine,
            root=root,
            platform=AARCH64,
            interpreter=CP39,
            work=tmp_path / "work",
            output=lambda _: None,
        )

    return run


PROVES = """
import os, platform, subprocess, sys
import need, sqlite3, ssl  # compiled modules of the root's own standard library
assert platform.machine() == "aarch64"
assert sys.version_info[:2] == (3, 9)
assert sys.prefix == "/porter/env" != sys.base_prefix
assert "/porter/env/lib/python3.9/site-packages" in sys.path
assert not any("dist-packages" in path for path in sys.path)
assert subprocess.check_output(["/porter/env/bin/tool"]) == b"called"
"""


def test_the_roots_python_takes_the_folder_for_an_environment(
    tmp_path: Path, verified: Verify
) -> None:
    files = {
        "demo.py": PROVES,
        "demo-1.0.data/scripts/tool": "#!python\nimport sys, need; sys.stdout.write('called')",
    }
    result = verified(make_wheel(tmp_path, "demo-1.0-py3-none-any.whl", files))
    assert (result.level, result.modules, result.warnings) == (Level.IMPORT, 1, ())


def test_what_crashes_under_qemu_is_named(tmp_path: Path, verified: Verify) -> None:
    crash = "import ctypes; ctypes.string_at(0)"
    files = {"bad.py": crash, "good.py": "", "worse.py": "import missing_thing; missing_thing"}
    with pytest.raises(StepFailed) as caught:
        verified(make_wheel(tmp_path, "demo-1.0-py3-none-any.whl", files))
    assert "1 of 3 modules cannot be imported: bad (the process crashed)" in caught.value.reason
