from __future__ import annotations

from pathlib import Path

import pytest

from fakes.images import FakeBootstrap, FakeExtension, FakeStore
from porter.engine import Root
from porter.errors import ImageError, UsageError
from porter.images import Images, build_platform
from porter.images.catalogue import PinnedImage, catalogue
from porter.images.folder_store import FolderStore
from porter.images.roots import Roots
from porter.model import ARCHITECTURES, Interpreter, Platform
from porter.recipes import SystemPackages

ARM = Platform.parse("aarch64", "manylinux2014")
CP37, CP39, CP312 = Interpreter(3, 7), Interpreter(3, 9), Interpreter(3, 12)


class Machine:
    """Images over a fake store, and what was told."""

    def __init__(self, folder: Path, store: FakeStore) -> None:
        self.store = store
        self.roots = Roots(folder / "roots")
        self.make = FakeBootstrap()
        self.extend = FakeExtension()
        self.told: list[str] = []

        self.spare: dict[Interpreter, Root] = {}
        """This machine's own interpreters."""

    def images(self, *, offline: bool = False) -> Images:
        """As a new process would have them."""
        return Images(
            self.store,
            self.roots,
            notice=self.told.append,
            puller=self.store,
            spare_root=self._spare_root,
            make=self.make,
            extend=self.extend,
            offline=offline,
        )

    def _spare_root(self, interpreter: Interpreter) -> Root:
        if interpreter not in self.spare:
            raise ImageError(f"no CPython {interpreter.version} here", hint="install it")
        return self.spare[interpreter]


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path, FakeStore())


def pinned(interpreter: Interpreter) -> PinnedImage:
    image = catalogue().pinned_image(ARM, interpreter)
    assert image is not None
    return image


def test_the_pinned_image_is_pulled_where_a_registry_answers(machine: Machine) -> None:
    machine.store.registry.add(pinned(CP37).reference)
    root = machine.images().target_root(ARM, CP37)
    assert root.origin == "pypa"
    assert root.name == "quay.io/pypa/manylinux2014_aarch64:2025.05.03-1"
    assert root.python == "/opt/python/cp37-cp37m/bin/python"
    assert machine.images().target_root(ARM, CP37) == root
    assert len(machine.store.pulls) == 1
    assert machine.make.made == []


def test_debian_where_no_registry_answers_and_it_is_told(machine: Machine) -> None:
    root = machine.images().target_root(ARM, CP39)
    assert root == Root(
        name="fake/bullseye-aarch64",
        arch=ARCHITECTURES["aarch64"],
        digest="sha256:bullseye64arm64",
        python="/opt/python/cp39-cp39/bin/python",
        origin="debian",
    )
    image = "quay.io/pypa/manylinux2014_aarch64:2026.08.15-1"
    assert machine.told == [
        f"pulling {image}",
        f"cannot pull {image}: no such host",
        f"using fake/bullseye-aarch64 in place of {image}, which is not here",
    ]


def test_it_is_made_once_and_told_once_per_process(machine: Machine) -> None:
    images = machine.images()
    assert images.target_root(ARM, CP39) == images.target_root(ARM, CP39)
    machine.told.clear()
    machine.images().target_root(ARM, CP39)
    assert len(machine.told) == 1
    assert machine.make.made == ["bullseye-aarch64"]
    assert len(machine.store.pulls) == 1


def test_a_registry_that_failed_is_not_asked_again_that_day(machine: Machine) -> None:
    machine.images().target_root(ARM, CP39)
    machine.images().target_root(ARM, Interpreter(3, 11))
    assert len(machine.store.pulls) == 1


def test_a_root_that_is_unpacked_is_loaded_without_a_network(machine: Machine) -> None:
    machine.images().target_root(ARM, CP39)
    machine.store = FakeStore()
    assert machine.images().target_root(ARM, CP39).digest == "sha256:bullseye64arm64"
    assert machine.store.pulls == []
    assert machine.make.made == ["bullseye-aarch64"]


def test_an_interpreter_nobody_has(machine: Machine) -> None:
    with pytest.raises(ImageError, match=r"2026\.08\.15-1 cannot be had, and no Debian .* 3\.12"):
        machine.images().target_root(ARM, CP312)


def test_a_sysroot_needs_no_interpreter(machine: Machine) -> None:
    sysroot = machine.images().sysroot(ARM, CP37).path
    assert (sysroot / "release").read_text() == "bullseye"
    assert "no image has CPython 3.7: Debian bullseye as sysroot" in machine.told


def test_a_sysroot_for_a_policy_newer_than_the_suite(machine: Machine) -> None:
    sysroot = machine.images().sysroot(Platform.parse("aarch64", "manylinux_2_34"), CP39).path
    assert (sysroot / "release").read_text() == "bullseye"


def test_a_failed_bootstrap_is_not_hidden_by_another_suite(machine: Machine) -> None:
    machine.make.broken.add("bullseye")
    with pytest.raises(ImageError, match="could not make bullseye"):
        machine.images().sysroot(ARM, CP39)


def test_the_build_root_is_of_this_machine(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("platform.machine", lambda: "x86_64")
    assert machine.images().build_root(ARM, CP39).arch.name == "x86_64"
    monkeypatch.setattr("platform.machine", lambda: "vax")
    with pytest.raises(ImageError, match="vax"):
        build_platform(ARM)


def test_what_no_image_has_is_built_by_this_machine_s_own_python(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("platform.machine", lambda: "x86_64")
    with pytest.raises(
        ImageError, match=r"cannot be had.* and there is no CPython 3\.7 here"
    ) as no:
        machine.images().build_root(ARM, CP37)
    assert no.value.hint == "install it"
    host = Root("host", ARCHITECTURES["x86_64"], "sha256:0", "/usr/bin/python3.7", "host")
    machine.spare = {CP37: host, CP39: host}
    assert machine.images().build_root(ARM, CP37) is host
    assert machine.told[-1] == "no image has CPython 3.7: /usr/bin/python3.7 builds for it"
    assert machine.images().build_root(ARM, CP39) is not host


def test_an_image_that_could_be_made_is_not_replaced(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("platform.machine", lambda: "x86_64")
    machine.spare[CP39] = Root("host", ARM.arch, "sha256:0", "/python", "host")
    machine.make.broken.add("bullseye")
    with pytest.raises(ImageError, match="could not make bullseye"):
        machine.images().build_root(ARM, CP39)


def test_the_local_engine_builds_on_the_host_and_pulls_nothing(tmp_path: Path) -> None:
    host = Root("host", ARCHITECTURES["x86_64"], "sha256:0", "/usr/bin/python3", "host")
    roots, told = Roots(tmp_path / "roots"), list[str]()
    images = Images(
        FolderStore(roots),
        roots,
        notice=told.append,
        host_root=lambda _: host,
        make=FakeBootstrap(),
    )
    assert images.build_root(ARM, CP39) == host
    root = images.target_root(ARM, CP39)
    assert root.path == images.sysroot(ARM, CP39).path
    assert told == []
    with pytest.raises(ImageError, match=r"no image is here, and no Debian release"):
        images.target_root(ARM, CP312)


def test_both_stores_give_the_same_digest(machine: Machine) -> None:
    in_engine = machine.images().target_root(ARM, CP39)
    local = Images(FolderStore(machine.roots), machine.roots, notice=machine.told.append)
    assert local.target_root(ARM, CP39).digest == in_engine.digest


def test_looking_makes_nothing(machine: Machine) -> None:
    assert machine.images().here(ARM, CP39) is None
    assert machine.make.made == machine.store.pulls == machine.told == []
    machine.images().target_root(ARM, CP39)
    found = machine.images().here(ARM, CP39)
    assert found is not None
    assert found.suite == "bullseye"


def test_bootstrapping_on_request(machine: Machine) -> None:
    images = machine.images()
    images.bootstrap(ARM, CP39)
    images.bootstrap(ARM, CP39)
    assert machine.make.made == ["bullseye-aarch64"] * 2
    assert [image.name for image in images.list()] == ["fake/bullseye-aarch64"]


def test_removing(machine: Machine) -> None:
    images = machine.images()
    images.target_root(ARM, CP39)
    with pytest.raises(UsageError, match="no image 'x'") as caught:
        images.remove("x")
    assert caught.value.hint == "Here are: fake/bullseye-aarch64 (porter image list)."
    assert images.remove("fake/bullseye-aarch64").suite == "bullseye"
    assert images.list() == []


def test_offline_nothing_is_pulled_or_made(machine: Machine) -> None:
    images = Images(
        machine.store,
        machine.roots,
        notice=machine.told.append,
        puller=machine.store,
        make=machine.make,
        offline=True,
    )
    with pytest.raises(ImageError, match="is here, and porter is offline") as caught:
        images.target_root(ARM, CP39)
    assert "porter image bootstrap" in str(caught.value.hint)
    assert machine.store.pulls == machine.make.made == machine.told == []
    made = machine.images().target_root(ARM, CP39)
    assert images.target_root(ARM, CP39) == made


# --- system packages ------------------------------------------------------------------------------

PACKAGES = SystemPackages(apt=("libpq-dev", "libaec-dev"), dnf=("postgresql-devel",))


def test_packages_are_added_once_to_a_root_of_their_own(machine: Machine) -> None:
    sysroot = machine.images().sysroot(ARM, CP39, PACKAGES)
    plain = machine.images().sysroot(ARM, CP39)
    assert machine.images().sysroot(ARM, CP39, PACKAGES) == sysroot
    assert machine.extend.made == [("libaec-dev", "libpq-dev")]
    assert (sysroot.path / "libpq-dev").is_file()
    assert not (plain.path / "libpq-dev").exists()
    assert sysroot.digest != plain.digest


def test_the_root_wheels_are_proved_in_stays_without_packages(machine: Machine) -> None:
    machine.images().sysroot(ARM, CP39, PACKAGES)
    equipped = machine.images().target_root(ARM, CP39, PACKAGES)
    assert machine.images().target_root(ARM, CP39).digest == "sha256:bullseye64arm64"
    assert machine.extend.made == [("libaec-dev", "libpq-dev")]
    assert equipped.digest == machine.images().sysroot(ARM, CP39, PACKAGES).digest
    assert equipped.name.startswith("fake/")


def test_tools_are_programs_of_this_machine_made_once(machine: Machine) -> None:
    tools = machine.images().tools(("gfortran-aarch64-linux-gnu",))
    assert machine.images().tools(("gfortran-aarch64-linux-gnu",)) == tools
    assert machine.extend.made == [("gfortran-aarch64-linux-gnu",)]
    assert (tools.path / "gfortran-aarch64-linux-gnu").is_file()
    (made,) = machine.make.made
    assert made == f"bullseye-{build_platform(ARM).arch}"


def test_libraries_are_of_the_oldest_release_of_any_architecture(machine: Machine) -> None:
    for arch, suite in ((ARM.arch, "bullseye"), (ARCHITECTURES["ppc64le"], "bookworm")):
        libraries = machine.images().libraries(arch, ("libomp-dev",))
        assert machine.images(offline=True).libraries(arch, ("libomp-dev",)) == libraries
        assert (libraries.path / "libomp-dev").is_file()
        assert machine.make.made[-1] == f"{suite}-{arch}"


def test_tools_cannot_be_made_offline(machine: Machine) -> None:
    with pytest.raises(ImageError, match="offline"):
        machine.images(offline=True).tools(("gfortran-aarch64-linux-gnu",))


def test_each_set_of_packages_is_a_root_of_its_own(machine: Machine) -> None:
    one = machine.images().sysroot(ARM, CP39, SystemPackages(apt=("libpq-dev",)))
    both = machine.images().sysroot(ARM, CP39, PACKAGES)
    none = machine.images().sysroot(ARM, CP39, SystemPackages(dnf=("postgresql-devel",)))
    assert one.digest != both.digest
    assert none == machine.images().sysroot(ARM, CP39)


def test_a_manylinux_image_uses_its_own_package_manager(machine: Machine) -> None:
    machine.store.registry.add(pinned(CP39).reference)
    root = machine.images().target_root(ARM, CP39, PACKAGES)
    assert root.origin == "pypa"
    (made,) = (image for image in machine.store.images() if image.base)
    assert made.packages == ("postgresql-devel",)
    assert machine.images().target_root(ARM, CP39, PACKAGES) == root
    assert machine.extend.made == []


def test_offline_nothing_is_added_and_what_was_added_serves(machine: Machine) -> None:
    machine.images().sysroot(ARM, CP39)
    with pytest.raises(ImageError, match="libaec-dev, libpq-dev, and porter is offline"):
        machine.images(offline=True).sysroot(ARM, CP39, PACKAGES)
    added = machine.images().sysroot(ARM, CP39, PACKAGES)
    assert machine.images(offline=True).sysroot(ARM, CP39, PACKAGES) == added


def test_a_distribution_s_root_is_made_once(machine: Machine) -> None:
    root = machine.images().distribution_root("debian:trixie", ARM.arch)
    assert root.python == "/opt/python/cp313-cp313/bin/python"
    again = machine.images(offline=True).distribution_root("debian:trixie", ARM.arch)
    assert again == root
    assert machine.make.made == ["trixie-runtime-aarch64"]
    with pytest.raises(ImageError, match="offline"):
        machine.images(offline=True).distribution_root("debian:bookworm", ARM.arch)


def test_a_distribution_s_root_has_no_compilers(machine: Machine) -> None:
    machine.images().target_root(ARM, CP39)
    machine.images().distribution_root("debian:bullseye", ARM.arch)
    assert machine.make.made == ["bullseye-aarch64", "bullseye-runtime-aarch64"]
