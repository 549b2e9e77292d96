from __future__ import annotations

from pathlib import Path

import pytest

from fakes.sysroot import PLATFORM, make_sysroot
from porter.toolchain.flags import Headers, SystemFiles, Target
from porter.toolchain.sysroot import system_files


@pytest.fixture
def sysroot(tmp_path: Path) -> Path:
    return make_sysroot(tmp_path / "sysroot")


@pytest.fixture(scope="session")
def files(tmp_path_factory: pytest.TempPathFactory) -> SystemFiles:
    return system_files(make_sysroot(tmp_path_factory.mktemp("files")), PLATFORM)


@pytest.fixture(scope="session")
def target(files: SystemFiles) -> Target:
    return Target(
        platform=PLATFORM,
        c=Headers(("-D__GLIBC_MINOR__=17",), ("lib/include",)),
        cxx=Headers(("-D__GLIBC_MINOR__=17",), ("lib/libcxx/include", "lib/include")),
        files=files,
        stubs=("libc.so", "libm.so", "libpthread.so"),
        sysroot=True,
    )
