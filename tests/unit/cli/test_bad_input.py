"""What is wrong outside of porter, through the whole of `porter plan`: the index, the files."""

from __future__ import annotations

import json
import socket
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from fakes.index import FakeFile, sdist, wheel
from fakes.serving import relative, serving
from fakes.site import JSON, Answer, Site, json_page
from porter.cli.main import cli
from porter.index import client

PURE = relative(wheel("demo-1-py3-none-any.whl"))
NEEDY = relative(wheel("needy-1-py3-none-any.whl", requires=["demo>=1"]))


@pytest.fixture(autouse=True)
def surroundings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No settings of the person who runs the tests."""
    home = tmp_path / "home"
    home.mkdir()
    for name in ("HOME", "XDG_CONFIG_HOME"):
        monkeypatch.setenv(name, str(home))
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("UV_NO_CONFIG", "1")
    monkeypatch.setenv("NO_PROXY", "*")
    monkeypatch.setenv("PORTER_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)


def porter(*words: str, index: str) -> Result:
    return CliRunner().invoke(cli, ["plan", *words, "--python", "3.9", "--index-url", index])


def planned(site: Site, *words: str) -> Any:
    with serving(site) as index:
        ran = porter(*words, "--format", "json", index=index)
    assert ran.exit_code == 0, ran.output
    return json.loads(ran.stdout)


def refused(site: Site, *words: str) -> Result:
    with serving(site) as index:
        return porter(*words, index=index)


def site(*files: FakeFile, **further: Any) -> Site:
    projects: dict[str, list[FakeFile]] = {}
    for file in files:
        projects.setdefault(file.file.name, []).append(file)
    return Site(projects, **further)


def test_an_index_of_html_pages_alone() -> None:
    found = planned(site(PURE, NEEDY, html_only=True), "needy")
    assert [node["id"] for node in found["nodes"]] == ["demo==1@cp39", "needy==1@cp39"]
    assert found["nodes"][0]["wheel"]["sha256"] == PURE.file.sha256


def test_an_index_without_metadata_files_or_ranges() -> None:
    found = planned(site(PURE, NEEDY, sidecars=False, ranges=False), "needy")
    assert len(found["nodes"]) == 2


def test_an_index_that_is_down_is_told_soon() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{unused.getsockname()[1]}/simple/"
    started = time.monotonic()
    ran = porter("demo", index=address)
    assert time.monotonic() - started < 5
    assert ran.exit_code == 4
    assert f"{address}demo/ cannot be read: [Errno 111] Connection refused" in ran.stderr
    assert "hint: Check the network" in ran.stderr


def test_an_index_that_went_down_is_bridged_by_the_cache() -> None:
    with serving(site(PURE, headers={"Cache-Control": "max-age=0"})) as index:
        assert porter("demo", index=index).exit_code == 0
    ran = porter("demo", index=index)
    assert ran.exit_code == 0, ran.stderr
    assert "Connection refused; pages seen before are taken from the cache" in ran.stderr


def test_an_index_with_trouble_is_no_missing_project(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("porter.index.http._pause", lambda *_: 0.0)
    ran = refused(site(PURE, pages={"/simple/demo/": Answer(500)}), "demo")
    assert ran.exit_code == 4
    assert "/simple/demo/ cannot be read: the server answered with status 500" in ran.stderr


def test_a_page_that_is_no_page() -> None:
    ran = refused(site(pages={"/simple/demo/": Answer(200, b"%PDF-1.7 \x00\xff")}), "demo")
    assert ran.exit_code == 4
    assert "/simple/demo/ cannot be used" in ran.stderr


def test_a_huge_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "PAGE_LIMIT", 100)
    ran = refused(site(PURE), "demo")
    assert ran.exit_code == 4
    assert "/simple/demo/ cannot be used: it is longer than 100 bytes" in ran.stderr


def test_a_redirect_into_this_machine() -> None:
    pages = {"/simple/demo/": Answer(302, headers={"Location": "file:///etc/passwd"})}
    ran = refused(site(pages=pages), "demo")
    assert ran.exit_code == 4
    assert "redirects to file:///etc/passwd, which porter does not follow" in ran.stderr


def test_a_path_in_a_file_name_is_no_file() -> None:
    evil = replace(PURE, file=replace(PURE.file, filename="../../demo-9-py3-none-any.whl"))
    page = Answer(200, json_page([evil, PURE]).encode(), {"Content-Type": JSON})
    found = planned(site(PURE, pages={"/simple/demo/": page}), "demo")
    assert [node["id"] for node in found["nodes"]] == ["demo==1@cp39"]


def test_an_sdist_with_another_hash_is_that_package_s_trouble() -> None:
    good = relative(sdist("demo-1.tar.gz", requires=[]))
    evil = replace(good, file=replace(good.file, sha256="0" * 64))
    tools = [relative(wheel(f"{name}-50-py3-none-any.whl")) for name in ("setuptools", "wheel")]
    found = planned(site(evil, *tools), "demo")
    (node,) = (node for node in found["nodes"] if node["name"] == "demo")
    assert any("is not the file its index lists" in warning for warning in node["warnings"])


def test_broken_metadata_of_one_file_is_that_file_s_trouble() -> None:
    broken = relative(wheel("needy-2-py3-none-any.whl", requires=["demo >=> 1"]))
    found = planned(site(PURE, NEEDY, broken), "needy")
    assert "needy==1@cp39" in [node["id"] for node in found["nodes"]]
    ran = refused(site(PURE, NEEDY, broken), "needy==2")
    assert ran.exit_code == 3
    assert "needy 2 has a requirement that cannot be read: 'demo >=> 1'" in ran.stderr


def test_a_project_nobody_knows_and_a_version_that_never_was() -> None:
    ran = refused(site(PURE), "demmo")
    assert (ran.exit_code, "no index knows a project demmo" in ran.stderr) == (3, True)
    ran = refused(site(PURE), "demo==1.5")
    assert (ran.exit_code, "Nearest versions: 1." in ran.stderr) == (3, True)


def test_a_name_that_nothing_is_built_from_source_for_is_told() -> None:
    words = ("needy", "--from-source", "demmo", "--from-source", "needy", "--from-source", ":all:")
    ran = refused(site(PURE, NEEDY), *words)
    told = [line for line in ran.stderr.splitlines() if "asked for from source" in line]
    assert told == [
        "porter: demmo was asked for from source; the plan has no such package for the target"
    ]


def test_requirement_files_with_all_they_may_hold(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text(
        "# what is wanted\nneedy \\\n  ==1\n-c limits.txt\n"
        f"demo==1 --hash=sha256:{PURE.file.sha256}\nother; python_version < '3'\n"
    )
    (tmp_path / "limits.txt").write_text("\ufeffdemo<2\n")
    newer = relative(wheel("demo-2-py3-none-any.whl"))
    found = planned(site(PURE, NEEDY, newer), "-r", "requirements.txt")
    assert [node["id"] for node in found["nodes"]] == ["demo==1@cp39", "needy==1@cp39"]
    assert found["target"]["requirements"][0] == "needy   ==1"
    assert (tmp_path / "graphs" / "requirements.json").is_file()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("demo\n-e .\n", "requirements.txt:2: editable requirement '.'"),
        ("-r requirements.txt\n", "requirements.txt:1: requirements.txt includes itself"),
        ("demo>=>1\n", "requirements.txt:1: malformed requirement"),
        ("", "no requirement was given"),
    ],
)
def test_a_requirement_file_that_cannot_be_used(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "requirements.txt").write_text(text)
    ran = refused(site(PURE), "-r", "requirements.txt")
    assert ran.exit_code == 2
    assert words in ran.stderr
    assert not (tmp_path / "graphs").exists()


def test_hashes_that_no_file_has(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text(f"demo==1 --hash=sha256:{'0' * 64}\n")
    ran = refused(site(PURE), "-r", "requirements.txt")
    assert ran.exit_code == 3
    assert "1: its hash is not among those given" in ran.stderr
