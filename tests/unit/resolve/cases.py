"""Small indexes and what a resolution has to make of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from fakes.index import FakeFile, sdist, wheel


def pure(name: str, version: str, *requires: str, **further: object) -> FakeFile:
    return wheel(f"{name}-{version}-py3-none-any.whl", requires=requires, **further)  # type: ignore[arg-type]


def native(name: str, version: str, tag: str = "cp39-cp39", arch: str = "aarch64") -> FakeFile:
    return wheel(f"{name}-{version}-{tag}-manylinux2014_{arch}.whl")


TOOLS: Mapping[str, Sequence[FakeFile]] = {
    "setuptools": [pure("setuptools", "50.0", uploaded="2020-01-01")],
    "wheel": [pure("wheel", "0.35", uploaded="2020-01-01")],
}


@dataclass(frozen=True)
class Case:
    name: str
    index: Mapping[str, Sequence[FakeFile]]
    asked: Sequence[str]
    expect: Mapping[str, str] | str
    """The target's pins, or words of the error (message, context and hint together)."""
    python: str = "3.9"
    constraints: Sequence[str] = ()
    newer: str | None = None
    states: Mapping[str, str] = field(default_factory=dict)
    tools: Mapping[str, str] = field(default_factory=dict)
    """Build-side versions that must be in the plan."""


AB = {"a": [pure("a", "1", "b>=1"), pure("a", "2", "b>=2")], "b": [pure("b", "1")]}
TWO = {"a": [pure("a", "1"), pure("a", "2")]}
PRE = {"a": [pure("a", "1"), pure("a", "2rc1")]}
EXTRA = {
    "a": [pure("a", "1", "b; extra == 'x'", "c; extra == 'y'", extras=["x", "y"])],
    "b": [pure("b", "1")],
    "c": [pure("c", "1")],
}

DATED = [
    pure("setuptools", "47", uploaded="2020-06-01"),
    pure("setuptools", "50", uploaded="2020-10-20"),
    pure("setuptools", "80", uploaded="2025-05-01"),
]


def asking(*requires: str, backend: str = "setuptools.build_meta") -> Mapping[str, str]:
    """The files of a source whose build-system table says this."""
    return {
        "pyproject.toml": f"[build-system]\nrequires = {list(requires)}\n"
        f"build-backend = '{backend}'\n"
    }


CASES = [
    Case("newest", TWO, ["a"], {"a": "2"}),
    Case("pinned", TWO, ["a==1"], {"a": "1"}),
    Case("two requirements merge", TWO, ["a>=1", "a<2"], {"a": "1"}),
    Case("backtracks", AB, ["a"], {"a": "1", "b": "1"}),
    Case("constraint narrows", TWO, ["a"], {"a": "1"}, constraints=["a<2"]),
    Case("constraint alone adds nothing", TWO | AB, ["b"], {"b": "1"}, constraints=["a<2"]),
    Case("constraint names itself", TWO, ["a==2"], "a<2 is a constraint", constraints=["a<2"]),
    Case(
        "constraint with a marker",
        TWO,
        ["a"],
        {"a": "2"},
        constraints=["a<2; python_version < '3'"],
    ),
    Case("no pre-release", PRE, ["a"], {"a": "1"}),
    Case("pre-release asked for", PRE, ["a>=2rc1"], {"a": "2rc1"}),
    Case("pre-release as the only match", PRE, ["a>1"], {"a": "2rc1"}),
    Case("only pre-releases", {"a": [pure("a", "2rc1")]}, ["a"], {"a": "2rc1"}),
    Case("dev release", {"a": [pure("a", "1.dev1"), pure("a", "0.9")]}, ["a"], {"a": "0.9"}),
    Case("post release", {"a": [pure("a", "1.post1"), pure("a", "1")]}, ["a"], {"a": "1.post1"}),
    Case("epoch", {"a": [pure("a", "1!1"), pure("a", "2")]}, ["a"], {"a": "1!1"}),
    Case("local version", {"a": [pure("a", "1+cpu")]}, ["a==1"], {"a": "1+cpu"}),
    Case("yanked", {"a": [pure("a", "1"), pure("a", "2", yanked="bad")]}, ["a"], {"a": "1"}),
    Case("yanked but pinned", {"a": [pure("a", "2", yanked="bad")]}, ["a==2"], {"a": "2"}),
    Case("yanked, starred", {"a": [pure("a", "2", yanked="")]}, ["a==2.*"], "no set of versions"),
    Case(
        "requires-python of the file",
        {"a": [pure("a", "1"), pure("a", "2", requires_python=">=3.10")]},
        ["a"],
        {"a": "1"},
    ),
    Case(
        "requires-python leaves nothing",
        {"a": [pure("a", "2", requires_python=">=3.10")]},
        ["a"],
        "needs Python >=3.10, not 3.9",
    ),
    Case(
        "requires-python with a patch release",
        {"a": [pure("a", "2", requires_python=">=3.9.2")]},
        ["a"],
        {"a": "2"},
    ),
    Case(
        "marker of another platform",
        {"a": [pure("a", "1", "b; sys_platform == 'win32'")]},
        ["a"],
        {"a": "1"},
    ),
    Case(
        "marker of the target's machine",
        {"a": [pure("a", "1", "b; platform_machine == 'aarch64'")], "b": [pure("b", "1")]},
        ["a"],
        {"a": "1", "b": "1"},
    ),
    Case(
        "marker of the target's Python",
        {"a": [pure("a", "1", "b; python_version < '3.8'")], "b": [pure("b", "1")]},
        ["a"],
        {"a": "1", "b": "1"},
        python="3.7",
    ),
    Case("marker of a root", TWO, ["a", "b; python_version < '3'"], {"a": "2"}),
    Case("no extra", EXTRA, ["a"], {"a": "1"}),
    Case("one extra", EXTRA, ["a[x]"], {"a": "1", "b": "1"}),
    Case("two extras", EXTRA, ["a[x,y]"], {"a": "1", "b": "1", "c": "1"}),
    Case("an extra's name is normalized", EXTRA, ["A[X]"], {"a": "1", "b": "1"}),
    Case("an extra that is not there", EXTRA, ["a[z]"], {"a": "1"}),
    Case(
        "an extra of itself",
        {
            "a": [pure("a", "1", "a[x]; extra == 'all'", "b; extra == 'x'", extras=["all", "x"])],
            "b": [pure("b", "1")],
        },
        ["a[all]"],
        {"a": "1", "b": "1"},
    ),
    Case(
        "an extra pins its project",
        {
            "a": [pure("a", "1", "b==1; extra == 'x'", extras=["x"]), pure("a", "2", extras=["x"])],
            "b": [pure("b", "1")],
            "c": [pure("c", "1", "a[x]<2")],
        },
        ["c", "a"],
        {"a": "1", "b": "1", "c": "1"},
    ),
    Case(
        "a circle of install requirements",
        {"a": [pure("a", "1", "b")], "b": [pure("b", "1", "a")]},
        ["a"],
        {"a": "1", "b": "1"},
    ),
    Case("wheel for the target", {"a": [native("a", "1")]}, ["a"], {"a": "1"}),
    Case(
        "sdist of a newer version is a port",
        {"a": [native("a", "1"), sdist("a-2.tar.gz", requires=[])]},
        ["a"],
        {"a": "2"},
        states={"a": "port"},
    ),
    Case(
        "a version without anything usable comes last",
        {"a": [native("a", "2", arch="x86_64"), sdist("a-1.tar.gz", requires=[])]},
        ["a"],
        {"a": "1"},
        states={"a": "port"},
    ),
    Case(
        "nothing usable at all",
        {"a": [native("a", "2", arch="x86_64")]},
        ["a"],
        {"a": "2"},
        states={"a": "no-source"},
    ),
    Case(
        "the proxy's requirements count",
        {
            "a": [
                wheel("a-2-cp39-cp39-win_amd64.whl", requires=["b<2"]),
                sdist("a-2.tar.gz", requires=None),
            ],
            "b": [pure("b", "1"), pure("b", "2")],
        },
        ["a"],
        {"a": "2", "b": "1"},
        states={"a": "port"},
    ),
    Case("abi3", {"a": [native("a", "1", "cp36-abi3")]}, ["a"], {"a": "1"}),
    Case(
        "abi3 of a newer Python",
        {"a": [native("a", "1", "cp310-abi3")]},
        ["a"],
        {"a": "1"},
        states={"a": "no-source"},
    ),
    Case("cp37m", {"a": [native("a", "1", "cp37-cp37m")]}, ["a"], {"a": "1"}, python="3.7"),
    Case(
        "cp37 without its m",
        {"a": [native("a", "1", "cp37-cp37")]},
        ["a"],
        {"a": "1"},
        python="3.7",
        states={"a": "no-source"},
    ),
    Case(
        "a policy above the ceiling",
        {"a": [wheel("a-1-cp39-cp39-manylinux_2_28_aarch64.whl")]},
        ["a"],
        {"a": "1"},
        states={"a": "no-source"},
    ),
    Case(
        "linux_aarch64 on an index",
        {"a": [wheel("a-1-cp39-cp39-linux_aarch64.whl")]},
        ["a"],
        {"a": "1"},
        states={"a": "no-source"},
    ),
    Case(
        "exclude newer",
        {"a": [pure("a", "1"), pure("a", "2", uploaded="2021-01-01")]},
        ["a"],
        {"a": "1"},
        newer="2020-06-01",
    ),
    Case(
        "a file without a day does not exist then",
        {"a": [pure("a", "1"), pure("a", "2", uploaded=None)]},
        ["a"],
        {"a": "1"},
        newer="2020-06-01",
    ),
    Case(
        "nothing was out yet",
        {"a": [pure("a", "2", uploaded="2021-01-01")]},
        ["a"],
        "too late",
        newer="2020-06-01",
    ),
    Case("unknown project", TWO, ["nope"], "no index knows a project nope (asked for)"),
    Case("unknown project, nearly", {"pandas": [pure("pandas", "1")]}, ["panda"], "panda"),
    Case("unknown project of a module", {"pyyaml": [pure("pyyaml", "1")]}, ["yaml"], "pyyaml"),
    Case("unknown version", TWO, ["a==3"], "Nearest versions: 1, 2."),
    Case("unknown dependency", {"a": [pure("a", "1", "b")]}, ["a"], "b (required by a 1)"),
    Case("root conflict", TWO, ["a==1", "a==2"], "a==1 was asked for"),
    Case(
        "deep conflict",
        {
            "a": [pure("a", "1", "c<2")],
            "b": [pure("b", "1", "d")],
            "d": [pure("d", "1", "c>=2")],
            "c": [pure("c", "1"), pure("c", "2")],
        },
        ["a", "b"],
        "d 1 requires c>=2",
    ),
    Case(
        "a conflict's chain begins with what was asked for",
        {
            "a": [pure("a", "1", "b")],
            "b": [pure("b", "1", "c<2")],
            "c": [pure("c", "1"), pure("c", "2")],
        },
        ["a==1", "c>=2"],
        "c>=2 was asked for\nb 1 requires c<2\na requires b\na==1 was asked for",
    ),
    Case(
        "a broken requirement turns the release away",
        {"a": [pure("a", "1"), pure("a", "2", "b >= broken")]},
        ["a"],
        {"a": "1"},
    ),
    Case(
        "a broken requirement behind a false marker",
        {"a": [pure("a", "2", "b >= broken; sys_platform == 'win32'")]},
        ["a"],
        {"a": "2"},
    ),
    Case(
        "a broken requirement and no other release",
        {"a": [pure("a", "2", "b >= broken")]},
        ["a"],
        "has a requirement that cannot be read: 'b >= broken'",
    ),
    Case(
        "a broken marker behind an extra nobody asked for",
        {"a": [pure("a", "2", "b; extra == 'x' and sys-platform == 'win32'", extras=["x"])]},
        ["a"],
        {"a": "2"},
    ),
    Case(
        "the same extra asked for",
        {"a": [pure("a", "2", "b; extra == 'x' and sys-platform == 'win32'", extras=["x"])]},
        ["a[x]"],
        "has a requirement that cannot be read",
    ),
    Case(
        "a broken marker that may hold without its extra",
        {"a": [pure("a", "2", "b; extra == 'x' or sys-platform == 'win32'", extras=["x"])]},
        ["a"],
        "has a requirement that cannot be read",
    ),
    Case(
        "a marker of lock files",
        {"a": [pure("a", "2", "b; 'x' in extras")]},
        ["a"],
        {"a": "2"},
    ),
    Case(
        "a marker nested too deeply to be read",
        {"a": [pure("a", "1"), pure("a", "2", f"b; {'(' * 3000}os_name == 'x'{')' * 3000}")]},
        ["a"],
        {"a": "1"},
    ),
    Case(
        "a number too long to be read",
        {"a": [pure("a", "1"), pure("a", "2", f"b>={'1' * 5000}")]},
        ["a"],
        {"a": "1"},
    ),
    Case(
        "slips of the time before PEP 440",
        {
            "a": [pure("a", "2", "pytz (>dev)", "b[x] (>=1.0.<2); python_version >= '3'")],
            "b": [pure("b", "1.5"), pure("b", "2")],
            "pytz": [pure("pytz", "2020.1")],
        },
        ["a"],
        {"a": "2", "b": "1.5", "pytz": "2020.1"},
    ),
    Case(
        "a star after an ordered comparison",
        {"a": [pure("a", "2", "b (>=1.*)")], "b": [pure("b", "1.5")]},
        ["a"],
        {"a": "2", "b": "1.5"},
    ),
    Case(
        "a requirement by URL",
        {"a": [pure("a", "1"), pure("a", "2", "b @ https://host.example/b.whl")]},
        ["a"],
        {"a": "1"},
    ),
    Case(
        "names in any spelling",
        {"foo-bar": [pure("Foo_Bar", "1", "B.az")], "b-az": [pure("b_az", "1")]},
        ["Foo.Bar"],
        {"foo-bar": "1", "b-az": "1"},
    ),
    Case(
        "metadata that cannot be had",
        {"a": [sdist("a-1.tar.gz", requires=None)]},
        ["a"],
        {"a": "1"},
        states={"a": "port"},
    ),
    Case(
        "a pure sdist is a port too",
        {"a": [sdist("a-1.tar.gz", requires=["b"])], "b": [pure("b", "1")]},
        ["a"],
        {"a": "1", "b": "1"},
        states={"a": "port", "b": "available"},
    ),
    Case(
        "era: the tools of the source's day",
        {"a": [sdist("a-1.tar.gz", requires=[], uploaded="2020-06-04")], "setuptools": DATED},
        ["a"],
        {"a": "1"},
        python="3.7",
        tools={"setuptools": "47"},
    ),
    Case(
        "era: not before the interpreter was born",
        {"a": [sdist("a-1.tar.gz", requires=[], uploaded="2020-06-04")], "setuptools": DATED},
        ["a"],
        {"a": "1"},
        tools={"setuptools": "50"},
    ),
    Case(
        "era: forward where the day has no answer",
        {
            "a": [
                sdist(
                    "a-1.tar.gz",
                    requires=[],
                    uploaded="2020-06-04",
                    files=asking("setuptools>=77"),
                )
            ],
            "setuptools": DATED,
        },
        ["a"],
        {"a": "1"},
        tools={"setuptools": "80"},
    ),
    Case(
        "a pre-release as the lower bound of a build requirement",
        {
            "a": [sdist("a-1.tar.gz", requires=[], files=asking("setuptools", "cy>=3.0a6"))],
            "cy": [pure("cy", "0.29"), pure("cy", "3.0a7")],
        },
        ["a"],
        {"a": "1"},
        tools={"cy": "3.0a7"},
    ),
    Case(
        "a build requirement's marker is the target's, as a build there would have it",
        {
            "a": [
                sdist(
                    "a-1.tar.gz",
                    requires=[],
                    files=asking(
                        "setuptools",
                        "x==1; platform_machine == 'x86_64'",
                        "x==2; platform_machine == 'aarch64'",
                    ),
                )
            ],
            "x": [pure("x", "1"), pure("x", "2")],
        },
        ["a"],
        {"a": "1"},
        tools={"x": "2"},
    ),
    Case(
        "so is that of what a pure wheel passes on",
        {
            "a": [sdist("a-1.tar.gz", requires=[], files=asking("setuptools", "oldest-n"))],
            "oldest-n": [
                pure(
                    "oldest_n",
                    "1",
                    "n==1; platform_machine != 'aarch64'",
                    "n==2; platform_machine == 'aarch64'",
                )
            ],
            "n": [pure("n", "1"), pure("n", "2")],
        },
        ["a"],
        {"a": "1"},
        tools={"n": "2"},
    ),
    Case(
        "what machine code of the build platform needs, it needs there",
        {
            "a": [sdist("a-1.tar.gz", requires=[], files=asking("setuptools", "torch"))],
            "torch": [
                wheel(
                    "torch-1-cp39-cp39-manylinux2014_x86_64.whl",
                    requires=["cuda; platform_machine == 'x86_64'"],
                )
            ],
            "cuda": [native("cuda", "1", "py3-none", "x86_64")],
        },
        ["a"],
        {"a": "1"},
        tools={"cuda": "1"},
    ),
    Case(
        "a build requirement that the target's markers contradict",
        {
            "a": [
                sdist(
                    "a-1.tar.gz",
                    requires=[],
                    files=asking("setuptools", "x==1", "x==2; platform_machine == 'aarch64'"),
                )
            ],
            "x": [pure("x", "1"), pure("x", "2")],
        },
        ["a"],
        {"a": "1"},
        tools={"x": "1"},
    ),
    Case(
        "a build requirement and a run requirement may differ in version",
        {
            "a": [sdist("a-1.tar.gz", requires=["n>=2"], files=asking("setuptools", "n<2"))],
            "n": [pure("n", "1"), pure("n", "2")],
        },
        ["a"],
        {"a": "1", "n": "2"},
        tools={"n": "1"},
    ),
    Case(
        "cycle: a build tool that builds itself, broken with a wheel",
        {
            "a": [sdist("a-1.tar.gz", requires=[], files=asking("tool", backend="tool"))],
            "tool": [
                sdist("tool-2.tar.gz", requires=[], files=asking("tool", backend="tool")),
                pure("tool", "1"),
            ],
        },
        ["a"],
        {"a": "1"},
        tools={"tool": "1"},
    ),
    Case(
        "cycle: a build tool that only builds itself",
        {
            "a": [sdist("a-1.tar.gz", requires=[], files=asking("tool", backend="tool"))],
            "tool": [sdist("tool-2.tar.gz", requires=[], files=asking("tool", backend="tool"))],
        },
        ["a"],
        {"a": "1"},
        tools={"tool": "2"},
    ),
    Case(
        "cycle: of three install requirements",
        {
            "a": [pure("a", "1", "b")],
            "b": [pure("b", "1", "c")],
            "c": [pure("c", "1", "a<2"), pure("c", "2", "a>2")],
        },
        ["a"],
        {"a": "1", "b": "1", "c": "1"},
    ),
    Case(
        "conflict: the relaxation that would help",
        {"a": [pure("a", "1", "b<2")], "b": [pure("b", "1"), pure("b", "2")]},
        ["a", "b>=2"],
        "Without b>=2 it works: b 1.",
    ),
]
