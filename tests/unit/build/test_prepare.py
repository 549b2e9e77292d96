from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from fakes import building
from fakes.engine import FakeEngine, Inside, Reply
from fakes.wheels import make_wheel
from porter.build import prepare
from porter.build.job import BuildSystem
from porter.build.prepare import LEGACY_BACKEND, build_system
from porter.errors import StepFailed

Sdist = Callable[[Mapping[str, str]], Path]
PATCH = "demo-1-cp39.patch"


def silent(_data: bytes) -> None: ...


def test_source_and_environment_stand_in_the_work_folder(tmp_path: Path, sdist: Sdist) -> None:
    tool = make_wheel(tmp_path, "tool-1-py3-none-any.whl", {"tool.py": ""})
    job = building.job(tmp_path, sdist({"setup.py": "pass"}), wheels=(tool,))
    prepared = prepare(job, engine=FakeEngine(), output=silent)
    assert (job.source / "setup.py").read_text() == "pass"
    assert (prepared.environment.site_packages / "tool.py").is_file()
    assert prepared.environment.python == "/porter/env/bin/python"
    assert prepared.system == BuildSystem(LEGACY_BACKEND, script=True)
    assert list(job.out.iterdir()) == [job.made]
    assert not list(job.made.iterdir())


def test_nothing_of_an_earlier_attempt_is_left(tmp_path: Path, sdist: Sdist) -> None:
    job = building.job(tmp_path, sdist({}))
    job.source.mkdir(parents=True)
    (job.source / "stale.o").write_text("")
    job.source.chmod(0o500)
    prepare(job, engine=FakeEngine(), output=silent)
    assert not (job.source / "stale.o").exists()


def test_patches_are_applied_in_their_order_inside_the_sandbox(
    tmp_path: Path, sdist: Sdist
) -> None:
    patches = tuple(tmp_path / f"{number}.patch" for number in (2, 1))
    for patch in patches:
        patch.write_text(patch.name)
    applied: list[str] = []

    def act(inside: Inside) -> None:
        applied.append(inside.read("/porter/patch").read_text())
        inside.write("/porter/work/src/patched").touch()

    engine = FakeEngine({PATCH: Reply(act=act)})
    job = building.job(tmp_path, sdist({}), patches=patches)
    prepare(job, engine=engine, output=silent)
    assert applied == ["2.patch", "1.patch"]
    assert [mount.writable for mount in engine.steps[0].mounts] == [True, False]


@pytest.mark.parametrize(
    ("code", "words", "final"), [(1, "x.patch does not apply", True), (127, "no patch", False)]
)
def test_a_patch_that_fails_is_named(
    tmp_path: Path, sdist: Sdist, *, code: int, words: str, final: bool
) -> None:
    (tmp_path / "x.patch").touch()
    job = building.job(tmp_path, sdist({}), patches=(tmp_path / "x.patch",))
    with pytest.raises(StepFailed, match=words) as caught:
        prepare(job, engine=FakeEngine({PATCH: Reply(code=code)}), output=silent)
    assert caught.value.final is final


def test_a_root_without_the_python_is_named(tmp_path: Path, sdist: Sdist) -> None:
    from dataclasses import replace

    job = building.job(tmp_path, sdist({}), root=replace(building.HERE, python=None))
    with pytest.raises(StepFailed, match=r"here has no Python 3\.9"):
        prepare(job, engine=FakeEngine(), output=silent)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", BuildSystem(LEGACY_BACKEND)),
        ("[build-system]\nrequires = ['x']\n", BuildSystem(LEGACY_BACKEND)),
        (
            "[build-system]\nbuild-backend = 'mine:api'\nbackend-path = ['tools', '.']\n",
            BuildSystem("mine:api", ("tools", ".")),
        ),
    ],
)
def test_the_backend_is_what_pyproject_names(
    tmp_path: Path, text: str, expected: BuildSystem
) -> None:
    (tmp_path / "pyproject.toml").write_text(text)
    assert build_system(tmp_path) == expected


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"[build-system", "cannot be read"),
        (b"x = '\xff'", "cannot be read"),
        (b"build-system = 3", "cannot be read"),
        (b"x = " + b"[" * 5000, "cannot be read"),
        (b"[build-system]\nbuild-backend = 3", "no string"),
        (b"[build-system]\nbackend-path = 'tools'", "no string"),
        (b"[build-system]\nbackend-path = [3]", "no string"),
        (b"[build-system]\nbackend-path = ['../..']", "reaches out"),
        (b"[build-system]\nbackend-path = ['/etc']", "reaches out"),
        (b"#" * (2 << 20), "far too large"),
    ],
)
def test_a_hostile_pyproject_is_refused_for_good(tmp_path: Path, text: bytes, words: str) -> None:
    (tmp_path / "pyproject.toml").write_bytes(text)
    with pytest.raises(StepFailed, match=words) as caught:
        build_system(tmp_path)
    assert caught.value.final


def test_a_pyproject_that_is_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "real.toml").write_text("")
    (tmp_path / "pyproject.toml").symlink_to(tmp_path / "real.toml")
    with pytest.raises(StepFailed, match="is no file"):
        build_system(tmp_path)
