"""Build backends asked in a sandbox, by an engine that runs nothing."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from fakes.engine import FakeEngine, Inside, Reply
from fakes.index import sdist
from fakes.wheels import make_wheel
from porter.engine import Engine, Root
from porter.engine.owner import Owner
from porter.errors import EngineError, LimitMet, StepFailed
from porter.model import ARCHITECTURES, Interpreter, Platform
from porter.resolve import Question
from porter.run import BackendHooks
from porter.run import hooks as hooks_module

STEP = "a-1-cp39.get_requires_for_build_wheel"
ROOT = Root("host", ARCHITECTURES["x86_64"], "sha256:00", "/usr/bin/python3.9", "host")


@pytest.fixture
def question(tmp_path: Path) -> Question:
    source = tmp_path / "a-1.tar.gz"
    source.write_bytes(sdist(source.name, files={"setup.py": ""}).content)
    return Question(
        name="a-1-cp39",
        sdist=source,
        wheels=(make_wheel(tmp_path, "tool-1-py3-none-any.whl", {}),),
        platform=Platform.parse("aarch64", "manylinux2014"),
        interpreter=Interpreter(3, 9),
        recipe=None,
    )


def answering(value: object) -> Reply:
    def write(inside: Inside) -> None:
        inside.write("/porter/hook/output.json").write_text(json.dumps({"return_val": value}))

    return Reply(act=write)


def hooks(engine: Engine, cache: Path, *, refresh: bool = False) -> BackendHooks:
    return BackendHooks(
        lambda _p, _i: (engine, ROOT), cache=cache, notice=lambda _: None, refresh=refresh
    )


def test_the_answer_is_kept(tmp_path: Path, question: Question) -> None:
    engine = FakeEngine({STEP: answering(["numpy"])})
    assert hooks(engine, tmp_path).requires_for_build(question) == ("numpy",)
    assert hooks(FakeEngine(), tmp_path).requires_for_build(question) == ("numpy",)
    (step,) = engine.steps
    assert step.limits.seconds is not None
    assert [path.suffix for path in (tmp_path / "hooks").iterdir()] == [".json"]


METADATA_STEP = "a-1-cp39.prepare_metadata_for_build_wheel"


def writing(folder: str, data: bytes | None, name: str = "a-1.dist-info") -> Reply:
    def write(inside: Inside) -> None:
        inside.write("/porter/hook/output.json").write_text(json.dumps({"return_val": name}))
        inside.write(f"/porter/out/{folder}").mkdir()
        if data is not None:
            inside.write(f"/porter/out/{folder}/METADATA").write_bytes(data)

    return Reply(act=write)


def test_metadata_is_kept_too(tmp_path: Path, question: Question) -> None:
    engine = FakeEngine({METADATA_STEP: writing("a-1.dist-info", b"Name: a\n")})
    for _ in range(2):
        assert hooks(engine, tmp_path).metadata(question) == b"Name: a\n"
    assert len(engine.steps) == 1


@pytest.mark.parametrize(
    "reply",
    [
        writing("other", b"Name: a\n"),
        writing("a-1.dist-info", None),
        writing("a", b"", name="../a"),
        writing("a-1.dist-info", b"x" * (5 << 20)),
    ],
)
def test_metadata_that_is_not_where_it_should_be(
    tmp_path: Path, question: Question, reply: Reply
) -> None:
    with pytest.raises(StepFailed, match=r"METADATA|bytes"):
        hooks(FakeEngine({METADATA_STEP: reply}), tmp_path).metadata(question)


def test_another_environment_is_another_question(tmp_path: Path, question: Question) -> None:
    hooks(FakeEngine({STEP: answering([])}), tmp_path).requires_for_build(question)
    make_wheel(tmp_path, "tool-1-py3-none-any.whl", {"tool.py": "new"})
    with pytest.raises(EngineError):
        hooks(FakeEngine(), tmp_path).requires_for_build(question)


FAILING = Reply((b"one\nKeyError:", b" 'x'\x1b[0m\n\n"), code=1)


def test_a_failure_tells_the_last_line_and_is_kept(tmp_path: Path, question: Question) -> None:
    engine = FakeEngine({STEP: FAILING})
    for _ in range(2):
        with pytest.raises(StepFailed, match=r"ended with status 1: KeyError: 'x'\[0m$"):
            hooks(engine, tmp_path).requires_for_build(question)
    assert len(engine.steps) == 1


def test_a_failure_is_that_of_its_root(tmp_path: Path, question: Question) -> None:
    with pytest.raises(StepFailed):
        hooks(FakeEngine({STEP: FAILING}), tmp_path).requires_for_build(question)
    mended, root = FakeEngine({STEP: answering([])}), replace(ROOT, digest="sha256:01")
    again = BackendHooks(lambda _p, _i: (mended, root), cache=tmp_path, notice=print)
    assert again.requires_for_build(question) == ()


def test_refresh_runs_what_failed_once_more(tmp_path: Path, question: Question) -> None:
    for _ in range(2):
        engine = FakeEngine({STEP: FAILING})
        asked = hooks(engine, tmp_path, refresh=True)
        for _ in range(2):
            with pytest.raises(StepFailed, match="status 1"):
                asked.requires_for_build(question)
        assert len(engine.steps) == 1
    mended = FakeEngine({STEP: answering(["numpy"])})
    assert hooks(mended, tmp_path, refresh=True).requires_for_build(question) == ("numpy",)
    assert hooks(FakeEngine(), tmp_path).requires_for_build(question) == ("numpy",)


def test_a_failure_is_that_of_this_porter(
    tmp_path: Path, question: Question, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(StepFailed):
        hooks(FakeEngine({STEP: FAILING}), tmp_path).requires_for_build(question)
    monkeypatch.setattr(hooks_module, "__version__", "next")
    mended = FakeEngine({STEP: answering([])})
    assert hooks(mended, tmp_path).requires_for_build(question) == ()


def test_a_failure_of_the_moment_is_not_kept(tmp_path: Path, question: Question) -> None:
    full = Reply((b"error: could not write: No space left on device\n",), code=1)
    with pytest.raises(StepFailed, match="No space left"):
        hooks(FakeEngine({STEP: full}), tmp_path).requires_for_build(question)
    mended = FakeEngine({STEP: answering([])})
    assert hooks(mended, tmp_path).requires_for_build(question) == ()


def test_what_a_killed_porter_was_asking_goes(tmp_path: Path, question: Question) -> None:
    dead, alive = (replace(Owner.current(), boot="earlier"), Owner.current())
    for owner in (dead, alive):
        (tmp_path / "hooks" / f".ask-{owner}.x" / "work").mkdir(parents=True)
    hooks(FakeEngine({STEP: answering([])}), tmp_path).requires_for_build(question)
    assert [p.name for p in (tmp_path / "hooks").glob(".ask-*")] == [f".ask-{alive}.x"]


def test_a_limit_that_was_met_is_not_kept(tmp_path: Path, question: Question) -> None:
    engine = FakeEngine({STEP: Reply(seconds=1000)})
    for _ in range(2):
        with pytest.raises(LimitMet, match="time limit"):
            hooks(engine, tmp_path).requires_for_build(question)
    assert len(engine.steps) == 2


@pytest.mark.parametrize("answer", [None, "numpy", [1], ["x" * 2000], ["x"] * 2000])
def test_an_answer_that_is_none(tmp_path: Path, question: Question, answer: object) -> None:
    with pytest.raises(StepFailed, match="list of requirements"):
        hooks(FakeEngine({STEP: answering(answer)}), tmp_path).requires_for_build(question)
