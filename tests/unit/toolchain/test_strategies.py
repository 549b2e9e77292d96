from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from fakes.sysroot import PLATFORM, PYCONFIG, add_openmp, make_rust, make_sysroot, make_tools
from porter.engine.protocol import Root
from porter.errors import ImageError
from porter.model import ARCHITECTURES, Interpreter, Platform
from porter.toolchain import Apart, Probe, Toolchain, accelerated, cross, own, pose, zig
from porter.toolchain.flags import Headers

CP39 = Interpreter.parse("3.9")
BUILD_ROOT = Root("build", ARCHITECTURES["x86_64"], "sha256:b", "/usr/bin/python3", "debian")
TARGET_ROOT = Root("target", PLATFORM.arch, "sha256:t", "/usr/bin/python3", "debian")
PROBE = Probe(
    version=(3, 9),
    multiarch="x86_64-linux-gnu",
    variables={"CC": "gcc"},
    headers={"Python.h": "/* the build platform's */\n", "pyconfig.h": PYCONFIG},
)

Cross = Callable[..., Toolchain]


@pytest.fixture(autouse=True)
def runtime(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A runtime that need not be compiled."""
    place = tmp_path / "runtime"
    (place / "lib").mkdir(parents=True)
    (place / "lib/libc.so").touch()
    monkeypatch.setattr(zig, "runtime", lambda _platform, _cache: place)
    empty = Headers((), ())
    monkeypatch.setattr(zig, "headers", lambda _runtime, _platform: (empty, empty))
    return place


@pytest.fixture
def make(tmp_path: Path, sysroot: Path) -> Cross:
    def make(**changed: object) -> Toolchain:
        given: dict[str, object] = {
            "platform": PLATFORM,
            "interpreter": CP39,
            "build_root": BUILD_ROOT,
            "probe": PROBE,
            "sysroot": sysroot,
            "cache": tmp_path / "cache",
            "jobs": 2,
        }
        return cross(**{**given, **changed})  # type: ignore[arg-type] # a test's keywords

    return make


def source(toolchain: Toolchain, target: str) -> Path:
    return next(mount.source for mount in toolchain.mounts if mount.target == target)


def test_everything_lies_where_the_sandbox_wants_it(make: Cross, sysroot: Path) -> None:
    made = make()
    assert {mount.target for mount in made.mounts} == {
        *(
            f"/porter/toolchain/{name}"
            for name in ("zig", "runtime", "bin", "pose", "config", "cores", "systems")
        ),
        "/porter/toolchain/include/python3.9",
        "/porter/sysroot",
        "/usr/lib/aarch64-linux-gnu",
        "/proc/cpuinfo",
    }
    assert source(made, "/porter/sysroot") == sysroot
    assert not any(mount.writable for mount in made.mounts)
    assert made.path == ("/porter/toolchain/bin", "/porter/toolchain/config")
    assert made.pythonpath == ("/porter/toolchain/pose",)


def test_the_posing_is_switched_on(make: Cross) -> None:
    env = make().env
    module = env["_PYTHON_SYSCONFIGDATA_NAME"]
    assert (source(make(), "/porter/toolchain/pose") / f"{module}.py").is_file()
    assert env["_PYTHON_HOST_PLATFORM"] == "linux-aarch64"
    assert env["LDSHARED"] == "aarch64-linux-gnu-gcc -shared"
    assert "x86_64" not in "".join(env.values())


def test_fortran_is_there_where_it_is_needed(make: Cross, tmp_path: Path) -> None:
    tools = make_tools(tmp_path / "tools")
    with_fortran = make(fortran=Apart(tools, "sha256:f"))
    assert source(with_fortran, "/porter/toolchain/gcc") == tools
    for name in ("FC", "F77", "F90"):
        assert with_fortran.env[name] == "aarch64-linux-gnu-gfortran"
        assert name not in make().env
    other = make(fortran=Apart(tools, "sha256:g"))
    assert len({make().digest, with_fortran.digest, other.digest}) == 3


def test_openmp_is_there_where_it_is_needed(make: Cross, tmp_path: Path) -> None:
    root = add_openmp(tmp_path / "openmp")
    made = make(openmp=Apart(root, "sha256:o"))
    assert source(made, "/porter/toolchain/openmp") == root
    assert made.libraries == (root / "usr/lib/llvm-11/lib",)
    assert make().libraries == ()
    other = make(openmp=Apart(root, "sha256:p"))
    assert len({make().digest, made.digest, other.digest}) == 3


def test_rust_is_there_where_it_is_needed(make: Cross, tmp_path: Path) -> None:
    rust = make_rust(tmp_path / "tools")
    made = make(cargo=rust)
    assert source(made, "/porter/toolchain/rust") == rust.path
    program = source(made, "/porter/toolchain/cargo") / "cargo"
    assert program.stat().st_mode & 0o111
    assert made.path[-1] == "/porter/toolchain/cargo"
    assert made.env["CARGO_NET_OFFLINE"] == "true"
    assert "CARGO_NET_OFFLINE" not in make().env
    other = make(cargo=replace(rust, digest="sha256:s"))
    assert len({make().digest, made.digest, other.digest}) == 3


def test_who_looks_for_headers_and_libraries_finds_the_target_s(make: Cross, sysroot: Path) -> None:
    (sysroot / "usr/include").mkdir()
    places = {"/usr/include", "/usr/lib/aarch64-linux-gnu"}
    assert {mount.target for mount in make().mounts} >= places
    assert source(make(), "/usr/include") == sysroot / "usr/include"
    # Nothing can be mounted below this machine's own /usr/lib.
    made = make(build_root=replace(BUILD_ROOT, origin="host"))
    assert {mount.target for mount in made.mounts} & places == {"/usr/include"}


def test_the_libraries_of_a_root_s_own_architecture_stay(make: Cross, tmp_path: Path) -> None:
    here = Platform.parse("x86_64", "manylinux2014")
    sysroot = make_sysroot(tmp_path / "here", triple=here.arch.triple)
    (sysroot / "usr/include").mkdir()
    targets = {mount.target for mount in make(platform=here, sysroot=sysroot).mounts}
    assert not targets & {"/usr/include", "/usr/lib/x86_64-linux-gnu"}


def test_jobs_change_the_environment_and_not_the_identity(make: Cross) -> None:
    assert make(jobs=1).digest == make(jobs=8).digest
    assert make(jobs=8).env["NPY_NUM_BUILD_JOBS"] == "8"


def test_the_identity_knows_policy_headers_and_zig(
    make: Cross, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = Probe((3, 9), PROBE.multiarch, PROBE.variables, {**PROBE.headers, "new.h": ""})
    digests = {
        make().digest,
        make(platform=Platform.parse("aarch64", "manylinux_2_28")).digest,
        make(probe=other).digest,
    }
    monkeypatch.setattr(zig, "version", lambda: "99")
    assert len({*digests, make().digest}) == 4


def test_headers_of_the_build_platform_lose_their_x86_facts(make: Cross) -> None:
    headers = source(make(), "/porter/toolchain/include/python3.9")
    assert "/* #undef HAVE_GCC_ASM_FOR_X64 */" in (headers / "pyconfig.h").read_text()


def test_an_interpreter_without_image_builds_for_its_own_architecture(
    make: Cross, tmp_path: Path
) -> None:
    here = Platform.parse("x86_64", "manylinux2014")
    made = make(platform=here, sysroot=make_sysroot(tmp_path / "here", triple=here.arch.triple))
    assert made.env["_PYTHON_HOST_PLATFORM"] == "linux-x86_64"
    folder = source(made, "/porter/toolchain/include/python3.9")
    assert (folder / "pyconfig.h").read_text() == PYCONFIG


def test_the_targets_own_headers_come_first(make: Cross, tmp_path: Path) -> None:
    made = make(sysroot=make_sysroot(tmp_path / "with", python="3.9"))
    headers = source(made, "/porter/toolchain/include/python3.9")
    assert "the target's" in (headers / "Python.h").read_text()


def test_no_headers_anywhere_is_an_error(make: Cross) -> None:
    with pytest.raises(ImageError, match=r"no headers of Python 3\.9"):
        make(probe=Probe((3, 9), "", {}, {}))


def test_big_endian_headers_are_not_derived(make: Cross, sysroot: Path) -> None:
    for name in ("libgcc.a", "crtbeginS.o", "crtendS.o"):
        path = sysroot / "usr/lib/gcc/s390x-linux-gnu/12" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    (sysroot / "usr/lib/s390x-linux-gnu").mkdir()
    (sysroot / "usr/lib/s390x-linux-gnu/libgcc_s.so.1").touch()
    with pytest.raises(ImageError, match="s390x"):
        make(platform=Platform.parse("s390x", "manylinux_2_28"))


def test_another_python_is_refused(make: Cross) -> None:
    with pytest.raises(ImageError, match=r"has Python 3\.9, not 3\.11"):
        make(interpreter=Interpreter.parse("3.11"))


def test_accelerated_replaces_the_compiler_alone(sysroot: Path, tmp_path: Path) -> None:
    made = accelerated(
        platform=PLATFORM,
        interpreter=CP39,
        target_root=TARGET_ROOT,
        sysroot=sysroot,
        cache=tmp_path / "cache",
        jobs=2,
    )
    assert made.pythonpath == ("/porter/toolchain/pose",)
    assert {p.name for p in source(made, "/porter/toolchain/pose").iterdir()} == set(pose.started())
    assert "_PYTHON_HOST_PLATFORM" not in made.env
    assert not [mount for mount in made.mounts if mount.target == "/porter/sysroot"]
    assert made.env["CC"] == "aarch64-linux-gnu-gcc"


def test_own_takes_the_images_compilers(tmp_path: Path) -> None:
    made = own(platform=PLATFORM, interpreter=CP39, target_root=TARGET_ROOT, cache=tmp_path, jobs=3)
    cores = source(made, "/porter/toolchain/cores")
    assert sorted(path.name for path in cores.iterdir()) == ["0", "1", "2", "next"]
    compilers = source(made, "/porter/toolchain/bin")
    assert {"gcc", "g++"} < {path.name for path in compilers.iterdir()}
    assert made.path == ("/porter/toolchain/bin",)
    assert made.env["CC"] == "gcc"
    assert made.env["MAKEFLAGS"] == "-j3"


def test_the_processor_is_the_target_s(
    make: Cross, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def native() -> Toolchain:
        return own(
            platform=PLATFORM, interpreter=CP39, target_root=TARGET_ROOT, cache=tmp_path, jobs=1
        )

    for made in (make(), native()):
        assert "asimd" in source(made, "/proc/cpuinfo").read_text()
    monkeypatch.setattr("platform.machine", lambda: "aarch64")
    assert "/proc/cpuinfo" not in {mount.target for mount in native().mounts}


def test_the_images_fortran_is_named_only_where_it_is(tmp_path: Path) -> None:
    """A build that finds a name believes that there is a compiler."""

    def named(*, has_fortran: bool) -> set[str]:
        made = own(
            platform=PLATFORM,
            interpreter=CP39,
            target_root=TARGET_ROOT,
            has_fortran=has_fortran,
            cache=tmp_path,
            jobs=1,
        )
        return {path.name for path in source(made, "/porter/toolchain/bin").iterdir()}

    assert named(has_fortran=True) - named(has_fortran=False) == {"gfortran"}


def test_where_the_launcher_cannot_run_the_images_compilers_are_called_directly(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("platform.machine", lambda: "ppc64le")
    made = own(platform=PLATFORM, interpreter=CP39, target_root=TARGET_ROOT, cache=tmp_path, jobs=3)
    assert [m.target for m in made.mounts] == ["/porter/toolchain/pose", "/proc/cpuinfo"]
    assert made.path == ()
