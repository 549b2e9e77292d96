from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from fakes.engine import FakeEngine
from fakes.images import FakeBootstrap, FakeExtension, FakeStore
from porter.engine import Mount, Root, binfmt
from porter.errors import EngineGone, ImageError
from porter.images import ImageInfo, Images
from porter.images.roots import Roots
from porter.model import ARCHITECTURES, Interpreter, Platform, Strategy
from porter.recipes import SystemPackages
from porter.run import Kits
from porter.run import kits as kits_module
from porter.run.kits import NO_PACKAGES
from porter.toolchain import Apart, CratesIo, Probe, Toolchain

ARM = Platform.parse("aarch64", "manylinux2014")
INTEL = Platform.parse("x86_64", "manylinux2014")
CP37, CP39 = Interpreter(3, 7), Interpreter(3, 9)
PROBE = Probe((3, 9), "x86_64-linux-gnu", {"SOABI": "cpython-39"}, {"Python.h": "//"})


class Rig:
    """Kits over fake images; toolchains and probes are written down, not made."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self.told: list[str] = []
        self.calls: list[str] = []
        self.given: dict[str, Any] = {}
        """What the last toolchain was made of."""
        self.compiled: list[tuple[str, str]] = []
        """Of which architecture a root is whose library was compiled, and the Python it was by."""
        self.bootstrap = FakeBootstrap()
        self.own: dict[Interpreter, Root] = {}
        """This machine's interpreters."""
        for name in ("cross", "accelerated", "own"):
            monkeypatch.setattr(kits_module, name, self._toolchain(name))
        monkeypatch.setattr(kits_module, "probe", self._probe)
        monkeypatch.setattr(kits_module, "with_bytecode", self._with_bytecode)
        monkeypatch.setattr(binfmt, "supported", lambda _: True)

    def kits(self, platform: Platform = ARM) -> Kits:
        """As a new run would have them."""
        images = Images(
            FakeStore(),
            Roots(self.folder / "roots"),
            notice=self.told.append,
            make=self.bootstrap,
            extend=FakeExtension(),
            spare_root=self._own,
        )
        return Kits(
            FakeEngine(),
            images,
            platform=platform,
            cache=self.folder,
            jobs=2,
            notice=self.told.append,
        )

    def _own(self, interpreter: Interpreter) -> Root:
        if interpreter not in self.own:
            raise ImageError(f"no CPython {interpreter.version} on this machine")
        return self.own[interpreter]

    def _toolchain(self, name: str) -> Any:
        def make(**given: Any) -> Toolchain:
            self.calls.append(name)
            self.given = given
            return Toolchain(f"sha256:{name}", (), {})

        return make

    def _with_bytecode(self, _engine: object, root: Root, *, by: Root, cache: Path) -> Root:
        self.compiled.append((root.arch.name, by.arch.name))
        return replace(root, overlays=(Mount(cache, "/usr/lib/python3.9"),))

    def _probe(self, _engine: object, _root: Root) -> Probe:
        self.calls.append("probe")
        return PROBE


@pytest.fixture
def rig(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Rig:
    return Rig(tmp_path, monkeypatch)


def test_an_engine_that_comes_back_is_asked_again(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    kits = rig.kits()
    with monkeypatch.context() as gone:
        gone.setattr(FakeStore, "images", _gone)
        with pytest.raises(EngineGone):
            kits.get(Strategy.EMULATED, CP39)
        with pytest.raises(EngineGone):
            kits.proving(CP39)
    assert kits.get(Strategy.EMULATED, CP39).sysroot.path.is_dir()
    assert kits.proving(CP39).root is not None


def _gone(_store: FakeStore) -> Sequence[ImageInfo]:
    raise EngineGone("docker broke off")


@pytest.mark.parametrize(
    ("strategy", "arch", "toolchain"),
    [
        (Strategy.ACCELERATED, "aarch64", "accelerated"),
        (Strategy.EMULATED, "aarch64", "own"),
        (Strategy.NATIVE, "aarch64", "own"),
    ],
)
def test_the_target_s_python_builds_in_the_target_s_root(
    rig: Rig, strategy: Strategy, arch: str, toolchain: str
) -> None:
    kit = rig.kits().get(strategy, CP39)
    assert kit.root.arch.name == arch
    assert kit.toolchain.digest == f"sha256:{toolchain}"
    assert kit.sysroot.path.is_dir()
    assert rig.calls == [toolchain]


@pytest.mark.parametrize("strategy", Strategy)
def test_system_packages_are_in_the_sysroot_and_in_the_target_s_root_it_builds_in(
    rig: Rig, strategy: Strategy
) -> None:
    kits = rig.kits()
    kit = kits.get(strategy, CP39, SystemPackages(apt=("libpq-dev",)))
    assert (kit.sysroot.path / "libpq-dev").is_file()
    assert (kit.root.digest == kit.sysroot.digest) is (strategy is not Strategy.CROSS)
    assert kits.get(strategy, CP39).sysroot.digest == kits.proving(CP39).digest
    assert kit.sysroot.digest != kits.proving(CP39).digest


def test_cross_builds_in_the_build_platform_s_root(rig: Rig) -> None:
    import platform

    kit = rig.kits().get(Strategy.CROSS, CP39)
    assert kit.root.arch.name == platform.machine()
    assert rig.calls == ["probe", "cross"]


@pytest.mark.parametrize("strategy", [Strategy.CROSS, Strategy.ACCELERATED])
def test_gfortran_of_this_machine_goes_with_that_of_the_target(
    rig: Rig, strategy: Strategy
) -> None:
    kit = rig.kits().get(strategy, CP39, SystemPackages(apt=("gfortran",)))
    assert (kit.sysroot.path / "gfortran").is_file()
    assert (rig.given["fortran"].path / "gfortran-aarch64-linux-gnu").is_file()
    rig.kits().get(strategy, CP39)
    assert rig.given["fortran"] is None


@pytest.mark.parametrize("strategy", [Strategy.CROSS, Strategy.ACCELERATED])
@pytest.mark.parametrize("interpreter", [CP39, Interpreter(3, 11)])
def test_openmp_lies_beside_the_sysroot_and_is_the_same_for_all_interpreters(
    rig: Rig, strategy: Strategy, interpreter: Interpreter
) -> None:
    kits = rig.kits()
    kit = kits.get(strategy, interpreter, SystemPackages(apt=("libomp-dev",)))
    assert (rig.given["openmp"].path / "libomp-dev").is_file()
    assert rig.given["openmp"].path == kits._images.libraries(ARM.arch, ("libomp-dev",)).path
    assert kit.sysroot == kits.get(strategy, interpreter).sysroot
    assert rig.given["openmp"] is None


def test_where_debian_has_no_openmp_it_is_done_without(rig: Rig) -> None:
    kits = rig.kits(Platform.parse("s390x", "manylinux2014"))
    kits.get(Strategy.CROSS, Interpreter(3, 11), SystemPackages(apt=("libomp-dev",)))
    assert rig.given["openmp"] is None


def test_rust_is_no_part_of_the_sysroot(rig: Rig) -> None:
    kits = rig.kits()
    kit = kits.get(Strategy.CROSS, CP39, SystemPackages(apt=("cargo",)))
    assert kit.sysroot == kits.get(Strategy.CROSS, CP39).sysroot
    assert not rig.given["cargo"]
    kits.get(Strategy.CROSS, CP39, SystemPackages(apt=("cargo", "libssl-dev")))
    assert (rig.given["cargo"].path / "libstd-rust-dev:arm64").is_file()


def test_a_kit_is_made_once_and_an_interpreter_asked_once_for_ever(rig: Rig) -> None:
    kits = rig.kits()
    assert kits.get(Strategy.CROSS, CP39) is kits.get(Strategy.CROSS, CP39)
    rig.kits().get(Strategy.CROSS, CP39)
    assert rig.calls == ["probe", "cross", "cross"]


def test_cargo_is_asked_once_for_ever(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    told, asked = CratesIo("registry+https://a.example/git", "sparse+https://a.example/"), []

    def ask(_engine: object, root: Root, _rust: Apart) -> CratesIo:
        asked.append(root.name)
        return told

    monkeypatch.setattr(kits_module, "ask_cargo", ask)
    for kits in (rig.kits(), rig.kits()):
        assert kits.crates_io(kits.get(Strategy.CROSS, CP39)) == told
    assert len(asked) == 1


def test_a_damaged_probe_is_asked_for_again(rig: Rig) -> None:
    rig.kits().get(Strategy.CROSS, CP39)
    (kept,) = (rig.folder / "probes").iterdir()
    kept.write_bytes(b"{")
    rig.kits().get(Strategy.CROSS, CP39)
    assert rig.calls == ["probe", "cross", "probe", "cross"]


def test_the_library_of_every_root_is_compiled_without_qemu_where_that_can_be(rig: Rig) -> None:
    import platform

    here = platform.machine()
    kits = rig.kits()
    assert kits.get(Strategy.EMULATED, CP39).root.overlays
    assert kits.get(Strategy.CROSS, CP39).root.overlays
    proving = kits.proving(CP39)
    assert proving.root is not None
    assert proving.root.overlays
    assert rig.compiled == [("aarch64", "aarch64"), (here, here), ("aarch64", here)]


def test_wheels_are_proved_in_the_target_s_root(rig: Rig) -> None:
    proving = rig.kits().proving(CP39)
    assert proving.root is not None
    assert proving.root.arch.name == "aarch64"
    assert proving.digest == proving.root.digest


def test_a_root_that_wheels_are_proved_in_may_have_packages_added(rig: Rig) -> None:
    kits, packages = rig.kits(), SystemPackages(apt=("libx11-6",))
    plain, added = kits.proving(CP39), kits.proving(CP39, packages)
    assert added.root is not None
    assert added.digest != plain.digest
    assert kits.proving(CP39, packages) is added
    there = kits.elsewhere("debian:bookworm")
    assert there.root(packages).digest != there.root(NO_PACKAGES).digest


def test_an_image_s_compilers_build_and_this_machine_s_python_only_proves(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("platform.machine", lambda: "x86_64")
    own = Root("host", ARCHITECTURES["x86_64"], "sha256:h", "/usr/bin/python3.7", "host")
    rig.own[CP37] = own
    here, there = rig.kits(INTEL), rig.kits()
    assert not here.proving(CP39).why_no_builds
    assert here.proving(CP37).root == own
    assert here.proving(CP37).why_no_builds.startswith("no image has its Python")
    assert here.get(Strategy.CROSS, CP37).root == own
    assert there.proving(CP37).root is None
    assert there.proving(CP37).why_no_builds == there.proving(CP37).why_not != ""


def test_where_no_target_runs_it_is_told_once(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(binfmt, "supported", lambda _: False)
    kits = rig.kits()
    assert kits.proving(CP39) is kits.proving(CP39)
    assert (kits.proving(CP39).root, kits.proving(CP39).digest) == (None, "none")
    assert len(rig.told) == 1
    assert "porter setup" in rig.told[0]


def test_where_no_root_can_be_had_the_reason_is_kept(rig: Rig) -> None:
    rig.bootstrap.broken.add("bullseye")
    kits = rig.kits()
    assert "mmdebstrap" in kits.proving(CP39).why_not
    with pytest.raises(ImageError, match="mmdebstrap"):
        kits.get(Strategy.EMULATED, CP39)


def test_what_takes_a_minute_is_told_for_each_architecture(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = {"x86_64"}
    monkeypatch.setattr(kits_module, "is_made", lambda platform, _: platform.arch.name in made)
    rig.kits().get(Strategy.ACCELERATED, CP39)
    (told,) = [line for line in rig.told if "runtime" in line]
    assert "for aarch64" in told
    rig.told.clear()
    made.add("aarch64")
    rig.kits().get(Strategy.ACCELERATED, CP39)
    assert not [line for line in rig.told if "runtime" in line]


def test_another_distribution_brings_its_own_policy_and_python(rig: Rig) -> None:
    there = rig.kits().elsewhere("debian:bookworm")
    assert str(there.platform) == "manylinux_2_36_aarch64"
    assert there.interpreter == Interpreter(3, 11)
    assert rig.bootstrap.made == []
    assert there.root(NO_PACKAGES).arch == ARM.arch
    assert rig.bootstrap.made == ["bookworm-runtime-aarch64"]
