"""Reads requirement and constraint files with all they include; every error gives file and line."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from porter.errors import UsageError
from porter.requirements.direct import named
from porter.requirements.lines import decode, logical_lines
from porter.requirements.options import LineError, read_line

ALL, NONE = ":all:", ":none:"
_ADDRESS = re.compile(r"(https?|file):", re.IGNORECASE)
_HASH = re.compile(r"(sha256):([0-9a-fA-F]{64})|(sha384):[0-9a-fA-F]{96}|(sha512):[0-9a-fA-F]{128}")
# They change how pip works, not what is asked for; none of them has a counterpart here.
_UNHEEDED = ("prefer_binary", "trusted_host", "use_feature")


@dataclass(frozen=True, slots=True)
class Stated:
    """A requirement or constraint, as a file states it."""

    text: str
    """As PEP 508 has it; a path or an address alone has got its name."""
    hashes: frozenset[str]
    """The sha256 of the files that may be used; empty: any."""
    where: str
    """``requirements.txt:3``."""


@dataclass(slots=True)
class RequirementFiles:
    """What all files of one call say, in their order."""

    requirements: list[Stated] = field(default_factory=list)
    constraints: list[Stated] = field(default_factory=list)
    index_url: str | None = field(default=None, repr=False)
    """The last one given; it may hold a password."""
    extra_index_urls: list[str] = field(default_factory=list, repr=False)
    find_links: list[str] = field(default_factory=list, repr=False)
    no_index: bool = False
    prereleases: bool = False
    require_hashes: bool = False
    from_source: set[str] = field(default_factory=set)
    """``--no-binary``: normalized names, or `ALL`."""
    wheels_only: set[str] = field(default_factory=set)
    """``--only-binary``, likewise."""
    unheeded: list[str] = field(default_factory=list)
    """Where options stand that have no meaning here: ``a.txt:1: --trusted-host``."""


def read_files(
    requirements: Iterable[Path], constraints: Iterable[Path], *, environ: Mapping[str, str]
) -> RequirementFiles:
    """Read the files of ``-r`` and ``-c`` with all they include.

    Raises `porter.errors.UsageError` for a file that cannot be read or includes itself, and for
    a line that cannot be used: an editable requirement, an unknown option, a path without a name.
    """
    found = RequirementFiles()
    for path in requirements:
        _Reading(path, (), environ, found).read(is_constraint=False)
    for path in constraints:
        _Reading(path, (), environ, found).read(is_constraint=True)
    if found.require_hashes:
        _refuse_unhashed(found)
    return found


@dataclass(frozen=True, slots=True)
class _Reading:
    """One file being read: it knows where it is and what includes it."""

    path: Path
    trail: tuple[Path, ...]
    environ: Mapping[str, str]
    found: RequirementFiles

    def read(self, *, is_constraint: bool) -> None:
        try:
            text = decode(self.path.read_bytes())
        except OSError as error:
            included = f" (included by {self.trail[-1]})" if self.trail else ""
            kind = "constraint" if is_constraint else "requirement"
            raise UsageError(
                f"{kind} file {self.path} cannot be read: {error.strerror}{included}"
            ) from error
        except (UnicodeError, LookupError) as error:
            raise UsageError(
                f"{self.path} cannot be read as text: {error}",
                hint="Save it as UTF-8, or name its encoding: # -*- coding: NAME -*-",
            ) from error
        for number, line in logical_lines(text, self.environ):
            try:
                self._take(line, f"{self.path}:{number}", is_constraint=is_constraint)
            except LineError as error:
                raise UsageError(f"{self.path}:{number}: {error.text}", hint=error.hint) from error
            except (OSError, ValueError, RuntimeError) as error:
                # A path that is too long, has a NUL in it, or is a link that leads to itself.
                raise UsageError(f"{self.path}:{number}: {error}") from error

    def _take(self, line: str, where: str, *, is_constraint: bool) -> None:
        read = read_line(line)
        if not read.requirement:
            self._include(read.options)
            self._set(read.options, where)
            return
        stated = Stated(named(read.requirement), _hashes(read.options), where)
        if not is_constraint:
            self.found.requirements.append(stated)
            return
        if Requirement(stated.text).extras:
            raise LineError(f"constraint {read.requirement!r} has extras; it only limits versions")
        self.found.constraints.append(stated)

    def _include(self, options: Mapping[str, Any]) -> None:
        for option in ("requirement", "constraint"):
            for name in options.get(option, ()):
                # What a constraint file includes with -r is a requirement, as for pip.
                self._nested(name).read(is_constraint=option == "constraint")

    def _nested(self, name: str) -> _Reading:
        if _ADDRESS.match(name):
            raise LineError("a file at a URL is not read", "Download it, and name the copy.")
        path, trail = self.path.parent / name, (*self.trail, self.path)
        if path.resolve() in {above.resolve() for above in trail}:
            raise LineError(f"{name} includes itself: {' → '.join(map(str, (*trail, path)))}")
        return _Reading(path, trail, self.environ, self.found)

    def _set(self, options: Mapping[str, Any], where: str) -> None:
        found = self.found
        found.index_url = (options.get("index_url") or [found.index_url])[-1]
        found.extra_index_urls += options.get("extra_index_url", ())
        found.find_links += map(self._link, options.get("find_links", ()))
        found.no_index |= options.get("no_index", False)
        found.prereleases |= options.get("pre", False)
        found.require_hashes |= options.get("require_hashes", False)
        for names in options.get("no_binary", ()):
            _choose(names, found.from_source, found.wheels_only)
        for names in options.get("only_binary", ()):
            _choose(names, found.wheels_only, found.from_source)
        found.unheeded += (
            f"{where}: --{name.replace('_', '-')}" for name in _UNHEEDED if name in options
        )

    def _link(self, link: str) -> str:
        """A folder is looked for beside the file first, then in the current folder."""
        beside = self.path.parent / link
        return str(beside) if beside.exists() else link


def _hashes(options: Mapping[str, Any]) -> frozenset[str]:
    given = options.get("hash", ())
    for option in ("config_settings", "global_option"):
        if option in options:
            raise LineError(
                f"--{option.replace('_', '-')} is not heeded here",
                "Put config-settings into a recipe: porter recipe new NAME.",
            )
    matches = [(text, _HASH.fullmatch(text)) for text in given]
    for text, match in matches:
        if match is None:
            raise LineError(f"malformed hash {text!r}", "Write --hash=sha256:…, 64 hex digits.")
    hashes = frozenset(match[2].lower() for _, match in matches if match and match[1])
    if given and not hashes:
        raise LineError("no sha256 among its hashes; indexes tell no other", "Add --hash=sha256:…")
    return hashes


def _choose(names: str, chosen: set[str], other: set[str]) -> None:
    """Put names into one set and out of the other: what is said last holds, as for pip."""
    for name in (part.strip() for part in names.split(",")):
        if name == ALL:
            chosen.clear()
            other.clear()
            chosen.add(ALL)
        elif name == NONE:
            chosen.clear()
        elif name:
            project = canonicalize_name(name)
            chosen.add(project)
            other.discard(project)


def _refuse_unhashed(found: RequirementFiles) -> None:
    for stated in found.requirements:
        if not stated.hashes:
            raise UsageError(
                f"{stated.where}: {stated.text} has no --hash, and --require-hashes is set",
                hint="Let the tool that wrote the file add hashes, or remove --require-hashes.",
            )
