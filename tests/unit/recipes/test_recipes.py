import re
from pathlib import Path

import msgspec
import pytest
from packaging.utils import NormalizedName
from packaging.version import Version

from porter.errors import UsageError
from porter.model import Interpreter, Strategy
from porter.recipes import Recipes, read_recipe
from porter.recipes.schema import (
    NO_PART_OF_A_BUILD,
    Alias,
    BuildRequires,
    RecipeFile,
    Rules,
    Source,
    SystemPackages,
    Tests,
)

NAME = NormalizedName("a")
A = "a" * 64
FULL = """
reason = "for a test"
tested = ["1 cp39 manylinux2014_aarch64"]
default-python = "3.9"

[alias."1.5"]
version = "1.15"
reason = "a slip"

[[release]]
versions = "<2"
env = { CFLAGS = "-O1", ROOT = "{sysroot}/usr/{triple}", LIBS = "{sysroot}{libdir}/x" }
config-settings = { "--x" = "y" }
patches = ["fix.patch"]
strategy = "emulated"
memory = 100
time = 60

[release.build-requires]
add = ["x>=1"]
replace = { y = "y<3", z = "" }
cap = { setuptools = "<50" }

[release.system]
apt = ["libx-dev"]

[release.tests]
modules = ["a.tests"]

[release.source]
sdist = "a-source"

[[release]]
versions = ">=2"
"""


def write(folder: Path, text: str, *, patch: str | None = "the patch") -> Path:
    path = folder / "a.toml"
    path.write_text(text)
    if patch is not None:
        (folder / "a").mkdir(exist_ok=True)
        (folder / "a" / "fix.patch").write_text(patch)
    return path


def digest(folder: Path, text: str, *, patch: str = "the patch") -> str:
    write(folder, text, patch=patch)
    recipe = Recipes((folder,)).find(NAME, Version("1"))
    assert recipe is not None
    assert recipe.digest is not None
    return recipe.digest


def test_all_of_it(tmp_path: Path) -> None:
    write(tmp_path, FULL)
    recipe = Recipes((tmp_path,)).find(NAME, Version("1"))
    assert recipe is not None
    assert recipe.rules.build_requires.replace == {"y": "y<3", "z": ""}
    assert recipe.rules.strategy is Strategy.EMULATED
    assert recipe.rules.system.apt == ("libx-dev",)
    assert recipe.patches == (tmp_path / "a" / "fix.patch",)
    assert recipe.environment(triple="T", sysroot="/S", libdir="/usr/lib64") == {
        "CFLAGS": "-O1",
        "ROOT": "/S/usr/T",
        "LIBS": "/S/usr/lib64/x",
    }


def test_the_range_decides(tmp_path: Path) -> None:
    write(tmp_path, FULL)
    recipes = Recipes((tmp_path,))
    newer = recipes.find(NAME, Version("2.1rc1"))
    assert newer is not None
    assert newer.rules.env == {}
    assert recipes.find(NormalizedName("b"), Version("1")) is None


def test_no_entry_for_a_version(tmp_path: Path) -> None:
    write(tmp_path, 'reason = "x"\n[[release]]\nversions = "<1"\n')
    assert Recipes((tmp_path,)).find(NAME, Version("1")) is None


def test_alias_and_interpreter(tmp_path: Path) -> None:
    write(tmp_path, FULL)
    recipes = Recipes((tmp_path,))
    alias = recipes.alias(NAME, Version("1.5.0"))
    assert alias is not None
    assert (alias.version, alias.reason) == (Version("1.15"), "a slip")
    assert recipes.alias(NAME, Version("1.6")) is None
    assert recipes.default_interpreter(NAME) == Interpreter(3, 9)


def test_the_workspace_comes_first(tmp_path: Path) -> None:
    (tmp_path / "numpy.toml").write_text('reason = "mine"\n[[release]]\n')
    recipe = Recipes.load(tmp_path).find(NormalizedName("numpy"), Version("1.18.5"))
    assert recipe is not None
    assert recipe.reason == "mine"
    assert Recipes.load(tmp_path / "none").find(NormalizedName("numpy"), Version("1.18.5"))


def test_the_digest_is_of_meaning_alone(tmp_path: Path) -> None:
    first = digest(tmp_path, FULL)
    assert first.startswith("sha256:")
    assert digest(tmp_path, "# a comment\n" + FULL.replace("for a test", "else")) == first
    assert digest(tmp_path, FULL.replace("-O1", "-O2")) != first
    assert digest(tmp_path, FULL, patch="another") != first


def wrong(line: str) -> str:
    return f'reason = "x"\n\n[[release]]\n\n[[release]]\nversions = "<2"\n{line}\n'


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (wrong("enviroment = {}"), "line 7: release.enviroment: unknown key"),
        (wrong("env = { CC = 1 }"), "line 7: release.env: Expected `str`, got `int`"),
        (wrong("env = { 'A B' = '' }"), "is not a name for a variable"),
        (wrong("[release.system]\nyum = []"), "line 8: release.system.yum: unknown key"),
        (wrong("system.apt = ['-y']"), "line 7: release.system.apt: '-y' is not a name"),
        (wrong("system.dnf = ['a b']"), "line 7: release.system.dnf: 'a b' is not a name"),
        (wrong("[release.build-requires]\nadd = ['x >= broken']"), "line 7"),
        (wrong("build-requires.cap = { x = '50' }"), "line 7: release.build-requires.cap.x"),
        (wrong("strategy = 'magic'"), "line 7: release.strategy"),
        (wrong("patches = ['gone.patch']"), "line 7: release.patches: no file 'gone.patch'"),
        (wrong("patches = ['../a.toml']"), "no file '../a.toml'"),
        (wrong("source = { url = 'https://x.example/a.zip' }"), "line 7: release.source"),
        (wrong("source = { url = 'file:///a.zip', sha256 = 'x' }"), "line 7: release.source"),
        (wrong("source = { sdist = 'a', git = 'https://x.example/a' }"), "or git and commit"),
        (wrong("source = { git = 'https://x.example/a' }"), "give url and sha256, or sdist, or"),
        (wrong("source = { git = 'ssh://x.example/a', commit = 'main' }"), "git is no https"),
        (wrong("source = { git = 'https://x.example/a', commit = 'main' }"), "commit is not"),
        (wrong(f"source = {{ url = 'https://x.example/..%2fa.zip', sha256 = '{A}' }}"), "archive"),
        (wrong("source = { url = 'https://x.example/a.zip', sha256 = 'x' }"), "64 hex digits"),
        (wrong("memory = 0"), "line 7: release.memory: 0 is not more than 0"),
        (wrong("time = -1"), "line 7: release.time"),
        (wrong("max-silent-time = 0"), "line 7: release.max-silent-time: 0 is not more than 0"),
        (wrong("max-silent-time = -5"), "line 7: release.max-silent-time"),
        (wrong("script = [[]]"), "line 7: release.script: a command without words"),
        (wrong("tests.files = ['../x']"), "'../x' is not the path of something in the source"),
        (wrong("tests.files = ['-x']"), "'-x' is not the path of something in the source"),
        (wrong("tests = { modules = ['a'], command = ['b'] }"), "is run instead of modules"),
        (wrong("imported-with = ['<1']"), "release.imported-with: '<1' is not a requirement"),
        (wrong("tests.requires = ['<1']"), "release.tests.requires: '<1' is not a requirement"),
        ('reason = "x"\ntested = ["here"]\n', "line 2: tested: 'here' does not say where"),
        ('reason = "x"\n[[release]]\nversions = "1.x"\n', "line 3: release.versions: '1.x'"),
        ('reason = "x"\n[alias."1"]\nversion = "y"\nreason = ""\n', "line 3: alias.1.version"),
        ('reason = "x"\ndefault-python = "2.7"\n', "line 2: default-python: unknown Python"),
        ('reason = "x"\nrelease = 3\n', "line 2: release"),
        ("", "missing required field `reason`"),
        ("reason = ", "is not valid TOML"),
    ],
)
def test_errors_give_file_line_and_key(tmp_path: Path, text: str, words: str) -> None:
    path = write(tmp_path, text)
    with pytest.raises(UsageError) as caught:
        read_recipe(path)
    assert str(path) in caught.value.message
    assert words in caught.value.message


def test_did_you_mean(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        read_recipe(write(tmp_path, wrong("build-require = {}")))
    assert caught.value.hint == "Did you mean 'build-requires'?"


@pytest.mark.parametrize(
    ("section", "key", "near"),
    [
        ("requires", "caps", "cap"),
        ("build-requires", "ad", "add"),
        ("system", "atp", "apt"),
        ("tests", "module", "modules"),
        ("source", "sh256", "sha256"),
    ],
)
def test_every_section_knows_its_own_keys(
    tmp_path: Path, section: str, key: str, near: str
) -> None:
    with pytest.raises(UsageError) as caught:
        read_recipe(write(tmp_path, wrong(f"{section}.{key} = []")))
    assert caught.value.hint == f"Did you mean {near!r}?"


def test_a_file_that_is_no_text(tmp_path: Path) -> None:
    path = tmp_path / "a.toml"
    path.write_bytes(b"\xff")
    with pytest.raises(UsageError, match="cannot be read"):
        read_recipe(path)


@pytest.mark.parametrize("name", Recipes.load(None).names())
def test_the_shipped_ones_are_right(name: NormalizedName) -> None:
    Recipes.load(None).find(name, Version("1"))


def test_what_only_proves_a_wheel_changes_no_digest(tmp_path: Path) -> None:
    more = (
        'upstream-only = { "a._sse" = "x86" }\nimported-with = ["b"]\nunimportable = { a = "" }\n'
    )
    assert digest(tmp_path, FULL) == digest(tmp_path, FULL.replace("memory = 100\n", more))


def test_a_recipe_that_says_nothing_of_the_build_has_no_digest(tmp_path: Path) -> None:
    write(
        tmp_path, 'reason = "x"\n[[release]]\nversions = "<2"\ntests.files = ["tests"]\ntime = 9\n'
    )
    recipe = Recipes((tmp_path,)).find(NAME, Version("1"))
    assert recipe is not None
    assert recipe.digest is None


def test_a_fortran_compiler_is_one_of_the_distributions_packages() -> None:
    system = SystemPackages(apt=("libopenblas-dev",), dnf=("openblas-devel",))
    assert not system.has_fortran
    assert system.with_fortran().has_fortran
    assert system.with_fortran().of("debian") == ("gfortran", "libopenblas-dev")
    assert system.with_fortran().of("pypa") == ("openblas-devel",)
    assert system.with_fortran().with_fortran() == system.with_fortran()


def test_llvms_openmp_is_named_as_debian_names_it() -> None:
    system = SystemPackages(apt=("libopenblas-dev",), dnf=("openblas-devel",))
    assert not system.has_openmp
    assert system.with_openmp().has_openmp
    assert system.with_openmp().of("debian") == ("libomp-dev", "libopenblas-dev")
    assert system.with_openmp().without_openmp() == system


def test_rust_is_for_roots_that_builds_run_in() -> None:
    system = SystemPackages(apt=("libssl-dev",), apk=("openssl-dev",))
    assert not system.has_rust
    assert system.with_rust().has_rust
    assert system.with_rust().of("debian") == ("cargo", "libssl-dev")
    assert system.with_rust().without_rust().of("debian") == ("libssl-dev",)


def test_packages_by_the_kind_of_root() -> None:
    packages = SystemPackages(apt=("libpq-dev",), dnf=("postgresql-devel",))
    assert packages.of("debian") == ("libpq-dev",)
    assert packages.of("pypa") == ("postgresql-devel",)


def test_what_the_story_needs() -> None:
    recipes = Recipes.load(None)
    alias = recipes.alias(NormalizedName("tensorflow"), Version("1.5.15"))
    assert alias is not None
    assert alias.version == Version("1.15.5")
    numpy = recipes.find(NormalizedName("numpy"), Version("1.18.5"))
    assert numpy is not None
    assert numpy.rules.build_requires.cap == {"setuptools": "<49.2"}
    assert numpy.rules.tests.modules[0] == "numpy.core.tests.test_umath"


def test_the_names_of_files_may_be_spelled_as_projects_are(tmp_path: Path) -> None:
    (tmp_path / "My_Package.toml").write_text('reason = "x"\n[[release]]\n')
    recipes = Recipes((tmp_path,))
    assert recipes.names() == ("my-package",)
    assert recipes.find(NormalizedName("my-package"), Version("1")) is not None


REFERENCE = Path(__file__).parents[3] / "docs" / "reference" / "recipes.md"
TABLES: dict[str, type[msgspec.Struct]] = {
    "The file": RecipeFile,
    '`[alias."VERSION"]`': Alias,
    "`[[release]]`": Rules,
    "`build-requires`": BuildRequires,
    "`system`": SystemPackages,
    "`source`": Source,
    "`tests`": Tests,
}


@pytest.mark.parametrize("heading", TABLES)
def test_the_reference_tells_every_key_and_no_other(heading: str) -> None:
    section = REFERENCE.read_text().split(f"## {heading}\n")[1].split("\n## ")[0]
    told = re.findall(r"^\| `([a-z0-9-]+)` \|", section, re.MULTILINE)
    assert told == [f.encode_name for f in msgspec.structs.fields(TABLES[heading])]


def test_the_reference_tells_what_is_no_part_of_a_key() -> None:
    text = REFERENCE.read_text().split("comments, ")[1].split(" are no part of it")[0]
    of_releases = {
        f.encode_name for f in msgspec.structs.fields(Rules) if f.name in NO_PART_OF_A_BUILD
    }
    of_files = {f.encode_name for f in msgspec.structs.fields(RecipeFile)} - {"release"}
    assert set(re.findall(r"`([a-z-]+)`", text)) == of_releases | of_files


def test_the_example_of_the_reference_is_right(tmp_path: Path) -> None:
    (example,) = re.findall(r"```toml\n(.*?)```", REFERENCE.read_text(), re.DOTALL)
    (tmp_path / "example").mkdir()
    (tmp_path / "example" / "fix.patch").write_text("")
    path = tmp_path / "example.toml"
    path.write_text(example)
    read_recipe(path)
