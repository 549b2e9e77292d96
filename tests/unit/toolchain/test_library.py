from __future__ import annotations

import marshal
from dataclasses import replace
from pathlib import Path

import pytest

from fakes.engine import FakeEngine, Inside, Reply
from porter.engine import Mount, Root, Step
from porter.errors import ImageError
from porter.model import ARCHITECTURES
from porter.toolchain import library, with_bytecode

TARGET = Root("arm", ARCHITECTURES["aarch64"], "sha256:a", "/opt/python/bin/python", "debian")
HERE = replace(TARGET, name="here", arch=ARCHITECTURES["x86_64"], digest="sha256:b")


def in_(root: Root, act: Reply) -> FakeEngine:
    """An engine whose step in that root does this, and in others nothing."""

    def fits(step: Step) -> bool:
        return step.root == root

    return FakeEngine({fits: act, "library": Reply()})


def copy(inside: Inside) -> None:
    inside.write("/porter/out/library").mkdir()
    inside.write("/porter/out/place").write_text("/usr/lib/python3.9")


def test_the_copy_lies_over_the_root_s_own_and_is_compiled_by_the_other(tmp_path: Path) -> None:
    engine = in_(TARGET, Reply(act=copy))
    root = with_bytecode(engine, TARGET, by=HERE, cache=tmp_path)
    (mount,) = root.overlays
    assert (mount.target, mount.writable) == ("/usr/lib/python3.9", False)
    assert mount.source.is_dir()
    assert [step.root for step in engine.steps] == [TARGET, HERE]
    assert engine.steps[1].argv[-1] == "/usr/lib/python3.9"
    assert replace(root, overlays=()) == TARGET


def test_it_is_made_once_for_a_root(tmp_path: Path) -> None:
    engine = in_(TARGET, Reply(act=copy))
    first = with_bytecode(engine, TARGET, by=HERE, cache=tmp_path)
    assert with_bytecode(FakeEngine(), TARGET, by=HERE, cache=tmp_path) == first


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (Reply(code=3, output=(b"no such thing",)), "ended with 3"),
        (Reply(), "does not say where its library is"),
        (Reply(act=lambda inside: inside.write("/porter/out/place").symlink_to("/x")), "not say"),
    ],
)
def test_a_python_that_fails_leaves_nothing(tmp_path: Path, reply: Reply, words: str) -> None:
    with pytest.raises(ImageError, match=words):
        with_bytecode(in_(TARGET, reply), TARGET, by=HERE, cache=tmp_path)
    assert not list(tmp_path.iterdir())


def test_the_bytecode_names_the_files_of_the_root(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "library").mkdir()
    (tmp_path / "library" / "some.py").write_text("x = 1\n")
    (tmp_path / "library" / "test").mkdir()
    (tmp_path / "library" / "test" / "bad.py").write_text("x =\n")
    script = library._COMPILE.replace("/porter/out", str(tmp_path))
    monkeypatch.setattr("sys.argv", ["-c", "/usr/lib/python3.9"])
    exec(script, {})  # noqa: S102 - our own
    (made,) = tmp_path.rglob("*.pyc")
    code = marshal.loads(made.read_bytes()[16:])  # noqa: S302 - just made
    assert code.co_filename == "/usr/lib/python3.9/some.py"


def test_a_step_sees_what_lies_over_its_root_and_its_own(tmp_path: Path) -> None:
    over, own = Mount(tmp_path, "/usr/lib/python3.9"), Mount(tmp_path, "/porter/out")
    step = Step("x", ("true",), replace(HERE, overlays=(over,)), mounts=(own,))
    assert step.shown == (over, own)
