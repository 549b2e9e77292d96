"""Commits as archives, from real repositories of the test's own."""

import subprocess
import tarfile
from pathlib import Path

import pytest

from fakes.repositories import client, commit, git
from porter.errors import IndexUnavailable, StepFailed, SurroundingsError
from porter.index.git import Git
from porter.index.reference import Reference, parse_reference

FILES = {"pyproject.toml": "[project]\n", "a/__init__.py": "", "a/b.py": "x = 1\n"}


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    commit(tmp_path / "repo", FILES)
    return tmp_path / "repo"


def at(repository: Path, revision: str = "", folder: str = "") -> Reference:
    return Reference(f"git+file://{repository}", revision, folder)


def archived(reference: Reference, folder: Path) -> bytes:
    with client(folder).archive(reference) as archive:
        return archive.read_bytes()


def members(data: bytes, folder: Path) -> dict[str, tarfile.TarInfo]:
    (folder / "made.tar").write_bytes(data)
    with tarfile.open(folder / "made.tar") as archive:
        return {member.name: member for member in archive}


def test_branches_tags_and_commits(repository: Path, tmp_path: Path) -> None:
    first = git(repository, "rev-parse", "HEAD")
    git(repository, "tag", "--annotate", "v1", "--message=x")
    second = commit(repository, {"new.py": ""})
    git(repository, "branch", "topic/x", first)
    asked = client(tmp_path)
    assert asked.commit(at(repository)) == second
    assert asked.commit(at(repository, "main")) == second
    assert asked.commit(at(repository, "v1")) == first
    assert asked.commit(at(repository, "topic/x")) == first
    assert asked.commit(at(repository, "refs/heads/main")) == second
    assert asked.commit(at(repository, "f" * 40)) == "f" * 40
    with pytest.raises(StepFailed, match="has no branch or tag 'v2'"):
        asked.commit(at(repository, "v2"))


def test_the_archive_of_a_commit_is_always_the_same(repository: Path, tmp_path: Path) -> None:
    (repository / "a/run.sh").write_text("x")
    (repository / "a/run.sh").chmod(0o775)
    (repository / "link").symlink_to("a/b.py")
    revision = commit(repository, {})
    made = archived(at(repository, revision), tmp_path)
    again = tmp_path / "elsewhere" / "repo"
    git(tmp_path, "clone", "--quiet", str(repository), str(again))
    commit(again, {"later.py": ""})
    assert archived(at(again, revision), tmp_path) == made
    found = members(made, tmp_path)
    top = f"repo-{revision[:12]}"
    assert list(found) == sorted(found)
    assert found[f"{top}/a/run.sh"].mode == 0o755
    assert found[f"{top}/a/b.py"].mode == 0o644
    assert found[f"{top}/link"].linkname == "a/b.py"
    assert {member.mtime for member in found.values()} == {1_619_870_400}
    assert {(m.uid, m.gid, m.uname) for m in found.values()} == {(0, 0, "")}


def test_a_subdirectory_is_an_archive_of_its_own(repository: Path, tmp_path: Path) -> None:
    revision = git(repository, "rev-parse", "HEAD")
    found = members(archived(at(repository, revision, "a"), tmp_path), tmp_path)
    top = f"repo-a-{revision[:12]}"
    assert list(found) == [top, f"{top}/__init__.py", f"{top}/b.py"]
    with pytest.raises(StepFailed, match="has no folder 'gone'"):
        archived(at(repository, revision, "gone"), tmp_path)


def test_nothing_of_a_repository_is_run_or_put_in(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Filters the user has set up (as git-lfs does) are named by a repository, and not run."""
    ran = tmp_path / "ran"
    settings = tmp_path / "gitconfig"
    settings.write_text(f'[filter "lfs"]\nsmudge = touch {ran}\nprocess = touch {ran}\n')
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(settings))
    hook = repository / ".git/hooks/post-checkout"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\ntouch {ran}\n")
    hook.chmod(0o755)
    files = {".gitattributes": "* filter=lfs\nid.txt export-subst\n", "id.txt": "$Format:%D$"}
    revision = commit(repository, files)
    made = archived(at(repository, revision), tmp_path)
    assert b"$Format:%D$" in made
    assert not ran.exists()


def test_submodules_are_told_and_stay_empty(
    repository: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    commit(tmp_path / "other", {"x": ""})
    git(repository, "-c", "protocol.file.allow=always", "submodule", "add", "../other", "vendored")
    revision = commit(repository, {})
    found = members(archived(at(repository, revision), tmp_path), tmp_path)
    assert not [name for name in found if "/vendored/" in name]
    assert "submodules stay empty: vendored" in capsys.readouterr().out


def test_a_commit_that_is_not_there(repository: Path, tmp_path: Path) -> None:
    with pytest.raises(StepFailed, match=f"has no commit {'f' * 40}") as caught:
        archived(at(repository, "f" * 40), tmp_path)
    assert caught.value.final
    assert not list((tmp_path / "git").iterdir())


def test_a_server_that_gives_no_single_commits(repository: Path, tmp_path: Path) -> None:
    first = git(repository, "rev-parse", "HEAD")
    commit(repository, {"later.py": ""})
    expected = archived(at(repository, first), tmp_path)
    settings = tmp_path / "gitconfig"
    settings.write_text("[protocol]\nversion = 0\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GIT_CONFIG_GLOBAL", str(settings))
        assert archived(at(repository, first), tmp_path) == expected


def test_a_repository_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(IndexUnavailable, match=r"git\+file:///.*/gone cannot be fetched: "):
        client(tmp_path).commit(at(tmp_path / "gone"))
    with pytest.raises(IndexUnavailable, match="cannot be fetched"):
        archived(at(tmp_path / "gone", "f" * 40), tmp_path)


def test_settings_lead_to_no_other_kind_of_address(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = tmp_path / "gitconfig"
    settings.write_text(f'[url "file://{repository}"]\ninsteadOf = https://x.example/a.git\n')
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(settings))
    with pytest.raises(IndexUnavailable, match="not allowed") as caught:
        client(tmp_path).commit(parse_reference("git+https://x.example/a.git"))
    assert "does not follow" in str(caught.value.hint)


def test_git_is_not_there(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = client(tmp_path)
    reference = at(repository)
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))
    with pytest.raises(SurroundingsError, match="git is not installed"):
        asked.commit(reference)


def test_offline(repository: Path, tmp_path: Path) -> None:
    with pytest.raises(IndexUnavailable, match="porter is offline"):
        client(tmp_path, offline=True).commit(at(repository))


def test_credentials_reach_their_server_alone_and_no_argument(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[tuple[list[str], dict[str, str]]] = []

    def run(
        argv: list[str], *, env: dict[str, str], **_: object
    ) -> subprocess.CompletedProcess[bytes]:
        calls.append((argv, env))
        return subprocess.CompletedProcess(argv, 0, b"%s\tHEAD\n" % (b"a" * 40), b"")

    monkeypatch.setattr(subprocess, "run", run)
    monkeypatch.setenv("GIT_DIR", "/elsewhere")
    asked = Git(
        tmp_path / "git",
        credentials={"https://x.example:443": ("me", "secret")},
        offline=False,
        notice=print,
    )
    asked.commit(parse_reference("git+https://x.example/a.git"))
    asked.commit(parse_reference("git+https://y.example/a.git"))
    (with_login, without) = calls
    assert "secret" not in " ".join(with_login[0])
    assert with_login[1]["GIT_ALLOW_PROTOCOL"] == "https"
    assert "GIT_DIR" not in with_login[1]
    assert "Authorization: Basic bWU6c2VjcmV0" in with_login[1].values()
    assert not [value for value in without[1].values() if "Authorization" in value]
