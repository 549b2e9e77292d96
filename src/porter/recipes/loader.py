"""Reads recipe files; every error gives the file, the line and the key."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any, TypeVar
from urllib.parse import urlsplit

import msgspec
from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import InvalidVersion, Version

from porter.errors import UsageError
from porter.model import Interpreter
from porter.recipes.lines import line_of
from porter.recipes.schema import (
    Alias,
    BuildRequires,
    RecipeFile,
    Requires,
    Rules,
    Source,
    SystemPackages,
    Tests,
)

T = TypeVar("T")
Table = tuple[str, ...]

_RELEASE: Table = ("release",)

_UNKNOWN_FIELD = re.compile(
    r"Object contains unknown field `(?P<key>[^`]+)`(?: - at `\$(?P<at>.*)`)?"
)
_AT = re.compile(r"(?P<text>.*) - at `\$(?P<at>.*)`$", re.DOTALL)
_PATH_KEY = re.compile(r"\.([A-Za-z_-][\w-]*)")
_SECTIONS: Mapping[str, type] = {
    "build-requires": BuildRequires,
    "requires": Requires,
    "system": SystemPackages,
    "tests": Tests,
    "source": Source,
}
_ENV_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
# Debian's, Red Hat's and Alpine's names; no version, architecture or option can be said.
_SYSTEM_PACKAGE = re.compile(r"[A-Za-z0-9][A-Za-z0-9+._-]+", re.ASCII)
_SHA256 = re.compile(r"[0-9a-f]{64}")
_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
# The last part of an address becomes the name of a file.
_ARCHIVE = re.compile(r"[A-Za-z0-9][\w.+-]*\.(zip|tar\.gz|tgz|tar\.bz2|tar\.xz)", re.ASCII)
_TESTED = re.compile(r"(?P<version>\S+) cp3\d+ \w+")


def read_recipe(path: Path) -> RecipeFile:
    """Read and check a recipe file.

    Raises `porter.errors.UsageError` for a file that cannot be read, is no TOML, has a key or
    value the schema does not know, or names a patch that is not there.
    """
    return _Reading(path).read()


class _Reading:
    """One file being read: knows where it is, for the errors."""

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._text = path.read_bytes().decode()
        except OSError as error:
            raise UsageError(f"recipe {path} cannot be read: {error.strerror}") from error
        except UnicodeDecodeError as error:
            raise UsageError(f"recipe {path} cannot be read: {error}") from error

    def read(self) -> RecipeFile:
        try:
            data = tomllib.loads(self._text)
        except tomllib.TOMLDecodeError as error:
            raise UsageError(f"recipe {self._path} is not valid TOML: {error}") from error
        entries = data.get("release", [])
        aliases = data.get("alias", {})
        if isinstance(entries, list) and isinstance(aliases, dict):
            for place, entry in enumerate(entries):
                self._check_rules(self._convert(entry, Rules, _RELEASE, place), place)
            for name, alias in aliases.items():
                self._check_alias(name, self._convert(alias, Alias, ("alias", name), 0))
        recipe = self._convert(data, RecipeFile, (), 0)
        self._check_python(recipe)
        self._check_tested(recipe)
        for text in recipe.abi_breaks:
            if not _is_version(text):
                raise self._error(f"{text!r} is not a version", ("abi-breaks",))
        return recipe

    def _convert(self, data: Any, kind: type[T], table: Table, place: int) -> T:
        try:
            return msgspec.convert(data, kind, strict=True)
        except msgspec.ValidationError as error:
            raise self._explain(str(error), kind, table, place) from error

    def _explain(self, text: str, kind: type, table: Table, place: int) -> UsageError:
        if match := _UNKNOWN_FIELD.fullmatch(text):
            keys = _PATH_KEY.findall(match["at"] or "")
            near = difflib.get_close_matches(match["key"], _fields(kind, keys), n=1)
            return self._error(
                "unknown key",
                (*keys, match["key"]),
                table=table,
                place=place,
                hint=f"Did you mean {near[0]!r}?"
                if near
                else f"Accepted: {', '.join(_fields(kind, keys))}.",
            )
        located = _AT.fullmatch(text)
        keys = _PATH_KEY.findall(located["at"]) if located else []
        return self._error(located["text"] if located else text, tuple(keys), table, place)

    def _error(
        self,
        text: str,
        keys: tuple[str, ...],
        table: Table = (),
        place: int = 0,
        hint: str | None = None,
    ) -> UsageError:
        line = line_of(self._text, table=table, place=place, keys=keys)
        dotted = ".".join((*table, *keys))
        return UsageError(f"recipe {self._path}, line {line}: {dotted}: {text}", hint=hint)

    def _check_rules(self, rules: Rules, place: int) -> None:
        for keys, text in (*_faults(rules), *self._missing_patches(rules)):
            raise self._error(text, keys, _RELEASE, place)

    def _missing_patches(self, rules: Rules) -> Iterator[tuple[Table, str]]:
        for patch in rules.patches:
            if not self._is_patch(patch):
                folder = self._path.with_suffix("").name
                yield ("patches",), f"no file {patch!r} in the folder {folder}/ beside it"

    def _is_patch(self, patch: str) -> bool:
        folder = self._path.with_suffix("").resolve()
        file = (folder / patch).resolve()
        return file.is_relative_to(folder) and file.is_file()

    def _check_alias(self, name: str, alias: Alias) -> None:
        for text in (name, alias.version):
            if not _is_version(text):
                raise self._error(f"{text!r} is not a version", ("version",), ("alias", name))

    def _check_python(self, recipe: RecipeFile) -> None:
        if recipe.default_python is None:
            return
        try:
            Interpreter.parse(recipe.default_python)
        except UsageError as error:
            located = self._error(error.message, ("default-python",), hint=error.hint)
            raise located from None

    def _check_tested(self, recipe: RecipeFile) -> None:
        for text in recipe.tested:
            match = _TESTED.fullmatch(text)
            if match is None or not _is_version(match["version"]):
                raise self._error(
                    f"{text!r} does not say where it was tried",
                    ("tested",),
                    hint="Write VERSION PYTHON PLATFORM: 1.18.5 cp39 manylinux2014_aarch64",
                )


def _fields(kind: type, keys: list[str]) -> list[str]:
    section = _SECTIONS.get(keys[-1], kind) if keys else kind
    return [field.encode_name for field in msgspec.structs.fields(section)]


def _faults(rules: Rules) -> Iterator[tuple[Table, str]]:
    """What the types cannot say: keys and what is wrong there."""
    if not _is_specifier(rules.versions):
        yield ("versions",), f"{rules.versions!r} is not a version specifier"
    for name in rules.env:
        if not _ENV_NAME.fullmatch(name):
            yield ("env", name), f"{name!r} is not a name for a variable"
    yield from _requirement_faults(rules)
    for text in rules.imported_with:
        if not _is_requirement(text.replace("{version}", "1")):
            yield ("imported-with",), f"{text!r} is not a requirement"
    yield from _tests_faults(rules.tests)
    yield from _system_faults(rules.system)
    limits = {"memory": rules.memory, "time": rules.time, "max-silent-time": rules.max_silent_time}
    for key, value in limits.items():
        if value is not None and value <= 0:
            yield (key,), f"{value} is not more than 0"
    if not all(command and command[0] for command in rules.script):
        yield ("script",), "a command without words"
    if rules.source is not None and (fault := _source_fault(rules.source)):
        yield ("source",), fault


def _system_faults(system: SystemPackages) -> Iterator[tuple[Table, str]]:
    for family, names in msgspec.structs.asdict(system).items():
        for name in names:
            if not _SYSTEM_PACKAGE.fullmatch(name):
                yield ("system", family), f"{name!r} is not a name of a package"


def _requirement_faults(rules: Rules) -> Iterator[tuple[Table, str]]:
    requires = rules.build_requires
    for text in (*requires.add, *filter(None, requires.replace.values())):
        if not _is_requirement(text):
            yield ("build-requires",), f"{text!r} is not a requirement"
    caps = {"build-requires": requires.cap, "requires": rules.requires.cap}
    for table, stated in caps.items():
        for name, cap in stated.items():
            if not _is_specifier(cap):
                yield (table, "cap", name), f"{cap!r} is not a version specifier"


def _tests_faults(tests: Tests) -> Iterator[tuple[Table, str]]:
    for text in tests.requires:
        if not _is_requirement(text):
            yield ("tests", "requires"), f"{text!r} is not a requirement"
    for name in tests.files:
        if not _is_below(name):
            yield ("tests", "files"), f"{name!r} is not the path of something in the source"
    if tests.command and tests.modules:
        yield ("tests", "command"), "it is run instead of modules: name them in it"


def _is_specifier(text: str) -> bool:
    try:
        SpecifierSet(text)
    except InvalidSpecifier:
        return False
    return True


def _is_requirement(text: str) -> bool:
    try:
        return Requirement(text).url is None
    except InvalidRequirement:
        return False


def _is_below(name: str) -> bool:
    """Whether it is a path below a folder, and no option of a command."""
    parts = PurePosixPath(name).parts
    return bool(parts) and not name.startswith(("/", "-")) and ".." not in parts


def _is_version(text: str) -> bool:
    try:
        Version(text)
    except InvalidVersion:
        return False
    return True


def _source_fault(source: Source) -> str | None:
    given = {key for key in ("url", "sha256", "sdist", "git", "commit") if getattr(source, key)}
    if given == {"sdist"}:
        return None
    if given == {"url", "sha256"}:
        return _url_fault(source.url or "", source.sha256 or "")
    if given == {"git", "commit"}:
        return _git_fault(source.git or "", source.commit or "")
    return "give url and sha256, or sdist, or git and commit"


def _url_fault(url: str, sha256: str) -> str | None:
    if urlsplit(url).scheme != "https":
        return "url is no https address"
    if not _ARCHIVE.fullmatch(urlsplit(url).path.rpartition("/")[2]):
        return "url does not end in the name of an archive (.tar.gz, .zip, …)"
    return None if _SHA256.fullmatch(sha256) else "sha256 is not 64 hex digits"


def _git_fault(git: str, commit: str) -> str | None:
    if urlsplit(git).scheme != "https":
        return "git is no https address"
    return None if _COMMIT.fullmatch(commit) else "commit is not the full hash of a commit"
