"""What a recipe file may say, and what one recipe says about one release."""

from __future__ import annotations

import hashlib
from pathlib import Path

import msgspec
from msgspec import Struct
from packaging.utils import NormalizedName
from packaging.version import Version

from porter.model import Strategy

_FORTRAN = "gfortran"
_RUST = "cargo"
"""Debian's names of them, and Alpine's; rustc comes with cargo."""
_OPENMP = "libomp-dev"
"""Debian's name of LLVM's OpenMP library: gcc has its own."""


class BuildRequires(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """Changes to the build requirements a source states."""

    add: tuple[str, ...] = ()
    """Further requirements."""
    replace: dict[str, str] = {}
    """By project name: the requirement to put in its place; empty drops it."""
    cap: dict[str, str] = {}
    """By project name: a specifier that also holds, wherever the project comes from."""
    complete: bool = False
    """Whether nothing is missing after these changes: then the build backend is not asked for
    more, and no code of the source runs while a plan is made."""


class Requires(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """Changes to what a wheel states that it requires."""

    cap: dict[str, str] = {}
    """By project name: a specifier that also holds where the package is a port."""


class SystemPackages(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """Packages of the distribution the root is made of, by its package manager."""

    apt: tuple[str, ...] = ()
    """For Debian's roots."""
    dnf: tuple[str, ...] = ()
    """For CentOS's and AlmaLinux's, ``yum`` included."""
    apk: tuple[str, ...] = ()
    """For Alpine's."""

    @property
    def has_fortran(self) -> bool:
        """Whether a Fortran compiler is among them."""
        return _FORTRAN in self.apt

    def with_fortran(self) -> SystemPackages:
        """These and a Fortran compiler; the PyPA's images have one of their own."""
        return msgspec.structs.replace(
            self,
            apt=tuple(sorted({*self.apt, _FORTRAN})),
            apk=tuple(sorted({*self.apk, _FORTRAN})),
        )

    @property
    def has_openmp(self) -> bool:
        """Whether LLVM's OpenMP library is among them."""
        return _OPENMP in self.apt

    def with_openmp(self) -> SystemPackages:
        """These and LLVM's OpenMP library."""
        return msgspec.structs.replace(self, apt=tuple(sorted({*self.apt, _OPENMP})))

    def without_openmp(self) -> SystemPackages:
        """Those that a root is for: the library lies beside it."""
        return msgspec.structs.replace(self, apt=tuple(n for n in self.apt if n != _OPENMP))

    @property
    def has_rust(self) -> bool:
        """Whether Rust is among them."""
        return _RUST in self.apt

    def with_rust(self) -> SystemPackages:
        """These and Rust; for the PyPA's images no package of it is new enough."""
        return msgspec.structs.replace(
            self, apt=tuple(sorted({*self.apt, _RUST})), apk=tuple(sorted({*self.apk, _RUST}))
        )

    def without_rust(self) -> SystemPackages:
        """Those that a sysroot is for: it needs no programs."""
        return msgspec.structs.replace(self, apt=tuple(n for n in self.apt if n != _RUST))

    def of(self, origin: str) -> tuple[str, ...]:
        """Those for a root of this origin: ``debian``, or ``pypa`` (its manylinux images)."""
        return self.apt if origin == "debian" else self.dnf


class Tests(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True, rename="kebab"):
    """What ``--verify tests`` runs on the target."""

    modules: tuple[str, ...] = ()
    """Importable names, given to ``pytest --pyargs``."""
    files: tuple[str, ...] = ()
    """Files and folders of the source, laid into the folder the tests are run in; given to pytest
    too."""
    command: tuple[str, ...] = ()
    """An argument list instead; ``python`` stands for the target's interpreter."""
    requires: tuple[str, ...] = ()
    """What the tests need beside the package."""
    known_failures: dict[str, str] = {}
    """By the end of a test's name, ``Class::test``: why it may fail."""

    @property
    def named(self) -> bool:
        """Whether there is anything to run."""
        return bool(self.modules or self.files or self.command)


class Source(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """Where the source comes from when not from the release's own sdist.

    One of three: ``url`` and ``sha256``; ``sdist``; or ``git`` and ``commit``.
    """

    url: str | None = None
    """Address (https) of an archive: ``.tar.gz``, ``.zip``, …"""
    sha256: str | None = None
    """Of that archive, 64 hex digits."""
    sdist: str | None = None
    """The name of another project whose sdist of the same version it is."""
    git: str | None = None
    """Address (https) of a repository."""
    commit: str | None = None
    """The full hash of a commit of it."""


class Rules(
    Struct,
    frozen=True,
    omit_defaults=True,
    forbid_unknown_fields=True,
    rename="kebab",
    kw_only=True,
):
    """A ``[[release]]`` entry: what holds for a range of versions."""

    versions: str = ""
    """A version specifier (PEP 440), pre-releases included; empty for all."""
    env: dict[str, str] = {}
    """Environment variables of the build; ``{triple}``, ``{sysroot}`` and ``{libdir}`` stand for
    the target's."""
    build_requires: BuildRequires = BuildRequires()
    """Changes to what the source asks for at build time."""
    requires: Requires = Requires()
    """Limits that the package's own requirements lack."""
    system: SystemPackages = SystemPackages()
    """Packages of the root's distribution that the build needs."""
    patches: tuple[str, ...] = ()
    """Files under the folder named as the recipe, beside it, applied in order (``-p1``)."""
    config_settings: dict[str, str] = {}
    """For the build backend (PEP 517)."""
    script: tuple[tuple[str, ...], ...] = ()
    """Commands run in the patched source tree before the build backend is called, each a list of
    its words; in the same sandbox and environment, so ``python`` is the build's."""
    imported_with: tuple[str, ...] = ()
    """Requirements of what its users have it with, though it does not ask for it: installed beside
    it where it is proved, and imported before it. ``{version}`` stands for its own."""
    tests: Tests = Tests()
    """How the wheel is tried on the target."""
    upstream_only: dict[str, str] = {}
    """By dotted name: compiled modules and libraries of upstream's wheel that another platform has
    no use for, or that a root's libraries are too old for, and why."""
    unimportable: dict[str, str] = {}
    """By dotted name: modules that cannot be imported where they are proved, and why: the hardware
    they drive is not there."""
    strategy: Strategy | None = None
    """The one to use instead of the ladder."""
    memory: int | None = None
    """MiB the build takes at its peak."""
    time: int | None = None
    """Seconds the build is known to take on two cores."""
    max_silent_time: int | None = None
    """Seconds it may write nothing without being ended."""
    source: Source | None = None
    """Where the source comes from when not from the release's own sdist."""


NO_PART_OF_A_BUILD = frozenset(
    {
        *("versions", "requires", "imported_with", "tests", "upstream_only", "unimportable"),
        *("memory", "time", "max_silent_time"),
    }
)
"""The fields of `Rules` that only choose, prove or limit."""


class Alias(Struct, frozen=True, forbid_unknown_fields=True):
    """A version that was never released, and what is meant by it."""

    version: str
    """The release that is meant."""
    reason: str
    """How one knows."""


class RecipeFile(Struct, frozen=True, forbid_unknown_fields=True, rename="kebab", kw_only=True):
    """A whole file, ``recipes/NAME.toml``."""

    reason: str
    """Why the package needs a recipe, in one line."""
    tested: tuple[str, ...] = ()
    """Where it was tried and verified: ``1.18.5 cp39 manylinux2014_aarch64``."""
    default_python: str | None = None
    """The interpreter taken when none is given: ``3.7``."""
    alias: dict[str, Alias] = {}
    """By the version that was never released."""
    abi_breaks: tuple[str, ...] = ()
    """Releases with which nothing runs that was built against an earlier one: ``2``."""
    release: tuple[Rules, ...] = ()
    """The first entry whose ``versions`` match a release holds for it."""


class Recipe(Struct, frozen=True, kw_only=True):
    """What a recipe file says about one release."""

    name: NormalizedName
    reason: str
    tested: tuple[str, ...]
    rules: Rules
    patches: tuple[Path, ...]
    """Absolute paths, in the order they are applied; each was there when this was made."""
    origin: Path
    """The file it was read from."""

    def environment(self, *, triple: str, sysroot: str, libdir: str) -> dict[str, str]:
        """``env`` with what the target has put in.

        Its GNU triple, its sysroot (empty inside a target root), and the folder of its libraries
        below that: ``/usr/lib64``.
        """
        return {
            name: value.replace("{triple}", triple)
            .replace("{sysroot}", sysroot)
            .replace("{libdir}", libdir)
            for name, value in self.rules.env.items()
        }

    @property
    def digest(self) -> str | None:
        """``sha256:…`` of all that can change a build: not comments, proofs or limits.

        None where it says nothing of the kind: then a build is the same as without a recipe.

        Keys that are not given are left out, so that a new key in the schema changes no digest.

        Raises `OSError` when a patch has gone since.
        """
        plain = Rules()
        left_out = {name: getattr(plain, name) for name in NO_PART_OF_A_BUILD}
        rules = msgspec.structs.replace(self.rules, **left_out)
        if rules == plain:
            return None
        state = hashlib.sha256(msgspec.json.encode(rules, order="sorted"))
        for patch in self.patches:
            state.update(hashlib.sha256(patch.read_bytes()).digest())
        return f"sha256:{state.hexdigest()}"


def digest_of(recipe: Recipe | None) -> str:
    """`Recipe.digest` as a part of other digests: empty where no recipe changes the build."""
    return (recipe.digest if recipe else None) or ""


class VersionAlias(Struct, frozen=True):
    """An alias, read."""

    version: Version
    reason: str
