from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from fakes.debs import make_deb
from fakes.images import STATUS, info
from porter.errors import ImageError, StepFailed
from porter.images.bootstrap import Finished, read_packages
from porter.images.packages import apt, extend
from porter.images.roots import ROOT
from porter.images.store import ImageInfo


class Apt:
    """apt-get, as far as it concerns us: fails as told, or leaves the packages it was given."""

    def __init__(self, folder: Path, *debs: Path, fails: str = "") -> None:
        self.debs = debs
        self.fails = fails
        self.folder = folder
        self.ran: list[tuple[str, ...]] = []

    def __call__(self, argv: Sequence[str]) -> Finished:
        self.ran.append(tuple(argv))
        if self.fails:
            return Finished(100, self.fails)
        if "install" in argv:
            (cache,) = (a.partition("=")[2] for a in argv if a.startswith("-oDir::Cache="))
            for deb in self.debs:
                (Path(cache) / "archives" / deb.name).write_bytes(deb.read_bytes())
        return Finished(0, "")


@pytest.fixture
def base(tmp_path: Path) -> Path:
    """A root with a merged /usr."""
    root = tmp_path / "base"
    for folder in ("usr/lib", "etc/ld.so.conf.d", "etc/apt", "var/lib/dpkg"):
        (root / folder).mkdir(parents=True)
    (root / "lib").symlink_to("usr/lib")
    (root / "usr/lib/old.txt").write_text("old")
    (root / "etc/ld.so.cache").write_bytes(b"cache")
    (root / "var/lib/dpkg/status").write_bytes(STATUS)
    return root


def extended(base: Path, run: Apt, tmp_path: Path, *packages: str) -> ImageInfo:
    scratch = tmp_path / "scratch"
    (scratch / ROOT).mkdir(parents=True)
    return extend(info(), base, packages or ("a",), scratch, notice=lambda _: None, run=run)


def test_files_are_added_to_a_copy_and_the_base_stays_as_it_is(base: Path, tmp_path: Path) -> None:
    before = {p: p.read_bytes() for p in base.rglob("*") if p.is_file()}
    deb = make_deb(
        tmp_path,
        "a",
        [
            ("./usr/include", None),
            ("./usr/include/a.h", b"int a;"),
            ("./lib", None),
            ("./lib/old.txt", b"new"),
            ("./lib/link", "/usr/include/a.h"),
            ("./usr/share/man/a.1", b"long"),
        ],
    )
    made = extended(base, Apt(tmp_path, deb), tmp_path)
    root = tmp_path / "scratch" / ROOT
    assert (root / "usr/include/a.h").read_text() == "int a;"
    assert (root / "usr/lib/old.txt").read_text() == "new"
    assert (root / "lib").is_symlink()
    assert (root / "usr/lib/link").resolve() == root / "usr/include/a.h"
    assert not (root / "usr/share/man/a.1").exists()
    assert {p: p.read_bytes() for p in base.rglob("*") if p.is_file()} == before
    assert (made.base, made.packages, made.suite) == (info().digest, ("a",), "bullseye")
    assert ("a", "1.0", "arm64") in read_packages((root / "var/lib/dpkg/status").read_text())


def test_what_was_added_makes_the_digest(base: Path, tmp_path: Path) -> None:
    def digest(name: str, version: str) -> str:
        folder = tmp_path / f"{name}-{version}"
        deb = make_deb(folder, name, version=version)
        return extended(base, Apt(folder, deb), folder / "work", "asked").digest

    one = digest("a", "1.0")
    assert len({one, digest("a", "1.1"), digest("b", "1.0"), info().digest}) == 4
    assert extended(base, Apt(tmp_path, make_deb(tmp_path, "a")), tmp_path, "b").digest == one


def test_alternatives_are_linked_by_their_priority(base: Path, tmp_path: Path) -> None:
    def offer(path: str, priority: int) -> str:
        return (
            "set -e\nupdate-alternatives --install /usr/lib/libblas.so.3 libblas.so.3-arm \\\n"
            f"  {path} {priority}\n"
        )

    debs = [
        make_deb(tmp_path, name, [(f".{path}", b"ELF")], postinst=offer(path, priority))
        for name, path, priority in (
            ("blas", "/usr/lib/blas/libblas.so.3", 10),
            ("openblas", "/usr/lib/openblas/libblas.so.3", 100),
        )
    ]
    extended(base, Apt(tmp_path, *debs), tmp_path)
    link = tmp_path / "scratch" / ROOT / "usr/lib/libblas.so.3"
    assert str(link.readlink()) == "openblas/libblas.so.3"


@pytest.mark.parametrize(
    "said",
    ["E: Unable to locate package nosuch", "E: Package 'nosuch' has no installation candidate"],
)
def test_a_package_the_distribution_lacks_is_the_recipes_fault(
    base: Path, tmp_path: Path, said: str
) -> None:
    with pytest.raises(StepFailed, match="Debian bullseye has no package nosuch") as caught:
        extended(base, Apt(tmp_path, fails=said), tmp_path, "nosuch")
    assert caught.value.final


def test_an_apt_that_fails_is_the_surroundings_fault(base: Path, tmp_path: Path) -> None:
    run = Apt(tmp_path, fails="Err:1 no such host\nE: Failed to fetch x")
    with pytest.raises(ImageError, match="exit status 100") as caught:
        extended(base, run, tmp_path)
    assert "Failed to fetch" in caught.value.context


def test_a_damaged_package_is_told(base: Path, tmp_path: Path) -> None:
    deb = make_deb(tmp_path, "a")
    deb.write_bytes(deb.read_bytes()[:100])
    with pytest.raises(ImageError, match=r"a_1\.0_arm64\.deb cannot be read"):
        extended(base, Apt(tmp_path, deb), tmp_path)


def test_apt_acts_for_the_root_alone(tmp_path: Path) -> None:
    words = apt(tmp_path / "root", ("arm64",), tmp_path / "state")
    options = dict(word[2:].split("=", 1) for word in words[1:])
    assert options["APT::Architectures"] == "arm64"
    assert options["Dir::Etc::sourceparts"] == "/dev/null"
    places = [value for name, value in options.items() if name.startswith("Dir::")]
    assert all(value.startswith((str(tmp_path), "/dev/null")) for value in places)


def test_its_name_says_what_was_added(base: Path, tmp_path: Path) -> None:
    image = replace(info(), name="localhost/porter/bullseye-aarch64:abc")
    scratch = tmp_path / "scratch"
    (scratch / ROOT).mkdir(parents=True)
    run = Apt(tmp_path, make_deb(tmp_path, "a"))
    made = extend(image, base, ("a",), scratch, notice=lambda _: None, run=run)
    assert made.name == "bullseye-aarch64+a"
