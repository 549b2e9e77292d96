"""Real roots, bootstrapped from Debian: needs its mirror, mmdebstrap and QEMU for aarch64."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from fakes.images import FakeBootstrap
from porter.engine import DockerEngine, LocalEngine, Root, Step, host_root
from porter.errors import StepFailed
from porter.images import Images, container_images, local_images
from porter.images.catalogue import catalogue
from porter.images.docker_store import DockerStore
from porter.images.memory import PullMemory
from porter.images.roots import Roots
from porter.images.store import ImageInfo
from porter.model import ARCHITECTURES, Interpreter, Platform
from porter.recipes import SystemPackages
from unit.engine.contract import ran
from unit.images.contract import StoreContract

pytestmark = pytest.mark.docker

ARM = Platform.parse("aarch64", "manylinux2014")
CP39 = Interpreter(3, 9)
_ASK = "import math, platform; print(platform.machine(), platform.python_version()[:4], math.pi)"
_COMPILE = """
cd /tmp
printf '#include <math.h>\nint main(int n, char **v) { return (int)expl((long double)n); }' > a.c
printf '#include <string>\nint main() { return std::stoi("42"); }' > b.cc
cc a.c -o a -lm && c++ b.cc -o b || exit 9
./a; echo $?; ./b; echo $?
"""


class TestDockerStore(StoreContract):
    @pytest.fixture
    def roots(self, tmp_path: Path) -> Roots:
        return Roots(tmp_path / "roots")

    @pytest.fixture
    def root(self, roots: Roots) -> ImageInfo:
        make = FakeBootstrap()
        suite = catalogue().suites[0]
        return roots.create(lambda scratch: make(suite, ARCHITECTURES["aarch64"], scratch))

    @pytest.fixture
    def store(
        self, docker_engine: DockerEngine, roots: Roots, root: ImageInfo
    ) -> Iterator[DockerStore]:
        store = DockerStore(docker_engine.client, roots, pinned=catalogue().pinned)
        yield store
        for image in store.images():
            if image.digest == root.digest:
                store.remove(image)

    def test_files_come_from_the_image_where_they_are_not_unpacked(
        self, store: DockerStore, roots: Roots, root: ImageInfo
    ) -> None:
        loaded = store.load(root)
        roots.remove(root.digest)
        assert (store.unpack(loaded) / "release").read_text() == "bullseye"
        again = roots.find(root.digest)
        assert again is not None
        assert again.name == root.name


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    cache = tmp_path_factory.mktemp("cache")
    # These tests are about Debian roots: no pull of half a gigabyte where a registry answers.
    PullMemory(cache / "registries.json").remember("quay.io/pypa/any")
    return cache


@pytest.fixture(scope="module")
def images(docker_engine: DockerEngine, cache: Path) -> Images:
    return container_images(
        docker_engine.client, cache=cache, notice=lambda _: None, spare_root=host_root
    )


@pytest.fixture(scope="module")
def target(images: Images) -> Root:
    return images.target_root(ARM, CP39)


def python(root: Root) -> Step:
    return Step("ask", (str(root.python), "-c", _ASK), root)


def test_the_target_s_python_runs_under_qemu(docker_engine: DockerEngine, target: Root) -> None:
    assert ran(docker_engine, python(target)) == (0, b"aarch64 3.9. 3.141592653589793\n")


def test_its_compilers_work(docker_engine: DockerEngine, target: Root) -> None:
    step = Step("compile", ("sh", "-c", _COMPILE), target)
    assert ran(docker_engine, step) == (0, b"2\n42\n")


def test_the_sysroot_s_links_stay_inside(images: Images) -> None:
    sysroot = images.sysroot(ARM, CP39).path
    library = sysroot / "usr/lib/aarch64-linux-gnu/libm.so"
    assert library.resolve().is_relative_to(sysroot.resolve())
    assert library.resolve().read_bytes()[18:20] == b"\xb7\x00"  # EM_AARCH64
    assert not any(
        path.readlink().is_absolute() for path in sysroot.rglob("*") if path.is_symlink()
    )


def test_the_local_engine_runs_the_same_root(
    images: Images, cache: Path, target: Root, tmp_path: Path
) -> None:
    images.sysroot(ARM, CP39)
    local = local_images(cache=cache, notice=pytest.fail, host_root=host_root)
    root = local.target_root(ARM, CP39)
    assert root.digest == target.digest
    engine = LocalEngine.connect(
        notice=lambda _: None, environ={"PATH": "/usr/bin:/bin", "XDG_RUNTIME_DIR": str(tmp_path)}
    )
    assert ran(engine, python(root)) == (0, b"aarch64 3.9. 3.141592653589793\n")


def test_system_packages_lie_in_a_root_of_their_own(images: Images, cache: Path) -> None:
    packages = SystemPackages(apt=("libyaml-dev", "libopenblas-dev"))
    plain, equipped = images.sysroot(ARM, CP39), images.sysroot(ARM, CP39, packages)
    library = equipped.path / "usr/lib/aarch64-linux-gnu/libyaml.so"
    assert library.resolve().is_relative_to(equipped.path)
    assert library.resolve().read_bytes()[18:20] == b"\xb7\x00"  # EM_AARCH64
    # Only update-alternatives, which did not run, makes this link.
    blas = equipped.path / "usr/lib/aarch64-linux-gnu/libblas.so.3"
    assert "openblas" in str(blas.resolve())
    assert b"libyaml-0.so.2" in (equipped.path / "etc/ld.so.cache").read_bytes()
    assert not (plain.path / "usr/include/yaml.h").exists()
    assert b"libyaml" not in (plain.path / "etc/ld.so.cache").read_bytes()
    offline = local_images(cache=cache, notice=lambda _: None, host_root=host_root, offline=True)
    assert offline.sysroot(ARM, CP39, packages) == equipped


def test_a_package_debian_lacks_is_named(images: Images) -> None:
    with pytest.raises(StepFailed, match="bullseye has no package nosuch-dev for aarch64"):
        images.sysroot(ARM, CP39, SystemPackages(apt=("nosuch-dev",)))
