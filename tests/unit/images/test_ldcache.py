from __future__ import annotations

import shutil
import struct
import subprocess
from pathlib import Path

import pytest

from porter.images.ldcache import encode, search_folders, write_cache
from porter.model import ARCHITECTURES

LIBRARIES = {
    name: f"/usr/lib/{name}"
    for name in (
        "libc.so.6",
        "libz.so.1",
        "libz.so",
        "libtinfo.so.6",
        "lib10.so",
        "lib9.so",
        "lib-a.so",
    )
}


@pytest.mark.parametrize(("arch", "order"), [("aarch64", "<"), ("s390x", ">")])
def test_the_bytes_follow_dl_cache_h(arch: str, order: str) -> None:
    data = encode({"libm.so.6": "/lib/libm.so.6"}, ARCHITECTURES[arch])
    assert data[:20] == b"glibc-ld.so.cache1.1"
    count, strings = struct.unpack_from(f"{order}II", data, 20)
    assert (count, strings) == (1, len(b"libm.so.6\0/lib/libm.so.6\0"))
    flags, key, value = struct.unpack_from(f"{order}iII", data, 48)
    assert flags == {"aarch64": 0x0A03, "s390x": 0x0403}[arch]
    assert data[key : key + 10] == b"libm.so.6\0"
    assert data[value:] == b"/lib/libm.so.6\0"


@pytest.mark.skipif(not shutil.which("ldconfig", path="/sbin:/usr/sbin"), reason="no ldconfig")
def test_ldconfig_reads_it(tmp_path: Path) -> None:
    cache = tmp_path / "ld.so.cache"
    cache.write_bytes(encode(LIBRARIES, ARCHITECTURES["aarch64"]))
    command = ["/sbin/ldconfig", "-p", "-C", str(cache)]
    lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    assert lines[0].startswith("7 libs found")
    assert [line.split()[0] for line in lines[1:8]] == [
        "lib10.so", "lib9.so", "libz.so.1", "libz.so", "libtinfo.so.6", "libc.so.6", "lib-a.so",
    ]  # fmt: skip
    assert "libz.so.1 (libc6,AArch64) => /usr/lib/libz.so.1" in lines[3]


def test_search_folders_are_the_configured_then_the_system_s(tmp_path: Path) -> None:
    for folder in ("etc/ld.so.conf.d", "usr/local/lib", "lib"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "etc/ld.so.conf.d/a.conf").write_text("# why\n/usr/local/lib\n/missing\n/lib\n")
    assert search_folders(tmp_path) == ["usr/local/lib", "lib"]


def test_this_machine_s_libraries_are_found_and_foreign_ones_are_not(tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    folder = tmp_path / "lib"
    folder.mkdir()
    system = Path("/lib/x86_64-linux-gnu/libm.so.6")
    if not system.is_file():
        pytest.skip("not an x86_64 Debian")
    shutil.copy(system, folder / "libm.so.6")
    shutil.copy(system, folder / "libm-2.31.so")
    (folder / "libm.so").symlink_to("libm.so.6")
    (folder / "libc.so").write_text("/* GNU ld script */")
    (folder / "libbad.so").write_bytes(b"\x7fELF")
    assert write_cache(tmp_path, ARCHITECTURES["x86_64"]) == 2
    assert write_cache(tmp_path, ARCHITECTURES["aarch64"]) == 0
