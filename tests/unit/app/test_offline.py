from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from click.testing import CliRunner

from fakes.index import FakeFile, sdist, wheel
from fakes.site import ROOT, Answer, Site
from porter.app import Selection, planning
from porter.cli.plan import command
from porter.errors import IndexUnavailable, ResolutionError, StepFailed, UsageError
from porter.index import Indexes
from porter.run import Fetcher

OLD = wheel("foo-1.0-py3-none-any.whl", requires=["bar"])
NEW = wheel("foo-2.0-py3-none-any.whl")
BAR = wheel("bar-1.0-py3-none-any.whl")
Plan = Callable[..., list[str]]


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Site:
    """An index that everything porter asks over HTTP goes to."""
    site = Site({"foo": [OLD], "bar": [BAR]}, headers={"Cache-Control": "max-age=600"})
    monkeypatch.setattr(planning, "Indexes", partial(Indexes, transport=site.transport()))
    return site


@pytest.fixture
def plan(site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Plan:
    """Plans requirements in one cache, and gives the ids of the nodes."""
    assert not site.seen
    monkeypatch.setenv("PORTER_CACHE_DIR", str(tmp_path / "cache"))
    for variable in ("PIP_FIND_LINKS", "UV_FIND_LINKS", "PIP_EXTRA_INDEX_URL"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("UV_NO_CONFIG", "1")

    def ids(*requirements: str, offline: bool = False, refresh: bool = False) -> list[str]:
        selection = Selection(
            requirements, pythons=("3.9",), index_url=ROOT, offline=offline, refresh=refresh
        )
        planned = planning.plan(selection, workspace=tmp_path, notice=print)
        return [node.id for node in planned.plan.nodes]

    return ids


def publish(site: Site, *files: FakeFile) -> None:
    site.projects = {**site.projects, "foo": files}


def test_the_same_plan_from_the_cache_alone(site: Site, plan: Plan) -> None:
    found = plan("foo")
    asked = len(site.seen)
    assert plan("foo", offline=True) == found == ["bar==1.0@cp39", "foo==1.0@cp39"]
    assert len(site.seen) == asked


def test_old_pages_do_offline(site: Site, plan: Plan) -> None:
    site.headers = {"Cache-Control": "max-age=0"}
    assert plan("foo") == plan("foo", offline=True)


def test_a_project_that_was_never_seen_is_named(site: Site, plan: Plan) -> None:
    with pytest.raises(IndexUnavailable, match=r"simple/foo/ is not in the cache") as failure:
        plan("foo", offline=True)
    assert "--offline" in str(failure.value.hint)
    assert not site.seen


def test_metadata_that_was_never_seen_is_named(site: Site, plan: Plan) -> None:
    publish(site, NEW, OLD)
    plan("foo")
    with pytest.raises(IndexUnavailable, match=r"foo-1\.0-.*\.metadata is not in the cache"):
        plan("foo==1.0", offline=True)


def test_a_source_that_was_never_seen_is_named(site: Site, plan: Plan) -> None:
    source = sdist("foo-1.0.tar.gz")
    site.projects = {
        "foo": [wheel("foo-1.0-cp39-cp39-win_amd64.whl"), source],
        "setuptools": [wheel("setuptools-40.8.0-py3-none-any.whl")],
        "wheel": [wheel("wheel-0.34.2-py2.py3-none-any.whl")],
    }
    site.pages[urlsplit(source.file.url).path] = Answer(404)
    with pytest.raises(IndexUnavailable, match="missing at"):
        plan("foo")
    with pytest.raises(IndexUnavailable, match=r"foo-1\.0\.tar\.gz is not in the cache"):
        plan("foo", offline=True)


def test_pages_at_hand_are_asked_for_again_before_giving_up(site: Site, plan: Plan) -> None:
    plan("foo")
    publish(site, NEW, OLD)
    assert plan("foo") == ["bar==1.0@cp39", "foo==1.0@cp39"]
    assert plan("foo==2.0") == ["foo==2.0@cp39"]


def test_giving_up_offline_asks_nobody(site: Site, plan: Plan) -> None:
    plan("foo")
    asked = len(site.seen)
    with pytest.raises(ResolutionError):
        plan("foo==2.0", offline=True)
    assert len(site.seen) == asked


def test_refresh(site: Site, plan: Plan) -> None:
    plan("foo")
    publish(site, NEW, OLD)
    assert plan("foo", refresh=True) == ["foo==2.0@cp39"]


def test_offline_and_refresh_exclude_each_other() -> None:
    with pytest.raises(UsageError, match="exclude"):
        CliRunner().invoke(command, ["foo", "--offline", "--refresh"], catch_exceptions=False)


def test_an_address_s_password_is_used_and_not_written(
    site: Site, plan: Plan, tmp_path: Path
) -> None:
    address = OLD.file.url.replace("//", "//me:secret@")
    assert plan(f"foo @ {address}") == ["bar==1.0@cp39", "foo==1.0@cp39"]
    (asked,) = (r for r in site.seen if r.url.path.endswith(OLD.file.filename))
    assert asked.headers["Authorization"].startswith("Basic ")
    (written,) = (tmp_path / "graphs").iterdir()
    assert "secret" not in written.name + written.read_text()
    assert OLD.file.url in written.read_text()


def test_a_file_alone_is_a_requirement(plan: Plan, tmp_path: Path) -> None:
    (tmp_path / OLD.file.filename).write_bytes(OLD.content)
    assert plan(str(tmp_path / OLD.file.filename)) == ["bar==1.0@cp39", "foo==1.0@cp39"]
    with pytest.raises(UsageError, match="nothing tells the name") as failure:
        plan("./folder")
    assert failure.value.hint == "Write NAME @ ADDRESS."


def test_a_file_that_was_altered_since_the_plan_is_refused(
    plan: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / OLD.file.filename
    path.write_bytes(OLD.content)
    plan(str(path))
    (written,) = (tmp_path / "graphs").iterdir()
    node = next(n for n in planning.read_plan(written).plan.nodes if n.name == "foo")
    assert node.wheel is not None
    path.write_bytes(OLD.content + b"x")
    monkeypatch.setenv("PORTER_CACHE_DIR", str(tmp_path / "cold"))
    with planning.indexes(Selection(index_url=ROOT), print) as index:
        fetch = Fetcher(index)
        with pytest.raises(StepFailed, match="is not the file that was asked for"):
            fetch(node, node.wheel)
