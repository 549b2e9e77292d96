"""Reads recipe files; every error gives the file, the line and the key."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
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
    "system": SystemPackages,
    "tests": Tests,
    "source": Source,
}
_ENV_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_SHA256 = re.compile(r"[0-9a-f]{64}")


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
        except (OSError, UnicodeDecodeError) as error:
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
            try:
                Version(text)
            except InvalidVersion:
                raise self._error(
                    f"{text!r} is not a version", ("version",), ("alias", name)
                ) from None

    def _check_python(self, recipe: RecipeFile) -> None:
        if recipe.default_python is None:
            return
        try:
            Interpreter.parse(recipe.default_python)
        except UsageError as error:
            located = self._error(error.message, ("default-python",), hint=error.hint)
            raise located from None


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
    requires = rules.build_requires
    for text in (*requires.add, *filter(None, requires.replace.values())):
        if not _is_requirement(text):
            yield ("build-requires",), f"{text!r} is not a requirement"
    for name, cap in requires.cap.items():
        if not _is_specifier(cap):
            yield ("build-requires", "cap", name), f"{cap!r} is not a version specifier"
    if rules.source is not None and not _is_source(rules.source):
        yield ("source",), "give either url (https) and sha256, or sdist"


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


def _is_source(source: Source) -> bool:
    if source.sdist is not None:
        return source.url is None and source.sha256 is None
    return (
        source.url is not None
        and urlsplit(source.url).scheme == "https"
        and source.sha256 is not None
        and bool(_SHA256.fullmatch(source.sha256))
    )
