"""What is asked for by its address, over the real cache."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from fakes.index import sdist
from fakes.repositories import commit, git
from fakes.site import Answer, Site
from porter.errors import IndexUnavailable, StepFailed, UsageError
from porter.index import Indexes, IndexSettings
from porter.index.protocol import Located
from porter.index.reference import Reference, parse_reference

FAKE = sdist("a-1.tar.gz")
PATH = "/d/a-1.tar.gz"
AT = f"https://x.example{PATH}"


@contextmanager
def indexes(cache: Path, site: Site, *, offline: bool = False) -> Iterator[Indexes]:
    logins = {"https://x.example:443": ("me", "secret")}
    settings = IndexSettings((), credentials=logins)
    with Indexes(
        settings, cache=cache, offline=offline, notice=print, transport=site.transport()
    ) as index:
        yield index


def locate(cache: Path, site: Site, url: str, *, offline: bool = False) -> Located:
    with indexes(cache, site, offline=offline) as index:
        return index.locate(parse_reference(url))


def test_a_file_whose_hash_is_known_is_fetched_once(tmp_path: Path) -> None:
    site = Site(pages={PATH: Answer(200, FAKE.content)})
    url = f"{AT}#sha256={FAKE.file.sha256}"
    assert locate(tmp_path, site, url) == locate(tmp_path, site, url)
    assert site.paths() == [PATH]
    assert locate(tmp_path, site, url, offline=True).path.is_file()


def test_another_is_asked_for_each_time_but_offline(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    site = Site(pages={PATH: Answer(200, FAKE.content)})
    first = locate(tmp_path, site, AT)
    assert locate(tmp_path, site, AT, offline=True) == first
    changed = sdist("a-1.tar.gz", files={"new": ""})
    site.pages[PATH] = Answer(200, changed.content)
    assert locate(tmp_path, site, AT).reference.sha256 == changed.file.sha256
    assert site.paths() == [PATH, PATH]
    assert "unchecked" not in capsys.readouterr().out


def test_what_was_never_asked_for_is_not_there_offline(tmp_path: Path) -> None:
    with pytest.raises(IndexUnavailable, match="is not in the cache"):
        locate(tmp_path, Site(), AT, offline=True)


def test_credentials_go_to_their_server(tmp_path: Path) -> None:
    site = Site(pages={PATH: Answer(200, FAKE.content)})
    locate(tmp_path, site, AT)
    locate(tmp_path, site, AT.replace("x.example", "y.example"))
    sent = [request.headers.get("Authorization") for request in site.seen]
    assert sent == [httpx.BasicAuth("me", "secret")._auth_header, None]


@pytest.mark.parametrize("place", ["file:///etc/passwd", "http://x.example/a-1.tar.gz"])
def test_a_redirect_leads_nowhere_else(tmp_path: Path, place: str) -> None:
    site = Site(pages={PATH: Answer(302, b"", {"Location": place})})
    with pytest.raises(IndexUnavailable, match="which porter does not follow"):
        locate(tmp_path, site, AT)


def test_a_file_of_this_machine(tmp_path: Path) -> None:
    (tmp_path / "a-1.tar.gz").write_bytes(FAKE.content)
    url = (tmp_path / "a-1.tar.gz").as_uri()
    found = locate(tmp_path / "cache", Site(), url, offline=True)
    assert found.reference == Reference(url, sha256=FAKE.file.sha256)
    with pytest.raises(UsageError, match=r"there is no file /.*/gone-1\.zip"):
        locate(tmp_path / "cache", Site(), (tmp_path / "gone-1.zip").as_uri())


def test_a_commit_is_archived_once(tmp_path: Path) -> None:
    first = commit(tmp_path / "repo", {"setup.py": ""})
    url = f"git+file://{tmp_path}/repo"
    found = locate(tmp_path / "cache", Site(), f"{url}@main")
    assert found.reference.revision == first
    second = commit(tmp_path / "repo", {"setup.py": "x"})
    # Offline a branch is where it was last seen.
    assert locate(tmp_path / "cache", Site(), f"{url}@main", offline=True) == found
    assert locate(tmp_path / "cache", Site(), f"{url}@main").reference.revision == second
    git(tmp_path / "repo", "checkout", "--quiet", "--orphan", "none")
    (tmp_path / "repo").rename(tmp_path / "gone")
    assert locate(tmp_path / "cache", Site(), f"{url}@{first}") == found
    with pytest.raises(IndexUnavailable, match="cannot be fetched"):
        locate(tmp_path / "cache", Site(), f"{url}@main")


def test_an_archive_is_made_again_where_it_is_gone(tmp_path: Path) -> None:
    url = f"git+file://{tmp_path}/repo@{commit(tmp_path / 'repo', {'setup.py': ''})}"
    found = locate(tmp_path / "cache", Site(), url)
    found.path.unlink()
    assert locate(tmp_path / "cache", Site(), url).path.read_bytes()
    (tmp_path / "repo").rename(tmp_path / "gone")
    found.path.write_bytes(b"altered")
    with pytest.raises((IndexUnavailable, StepFailed)):
        locate(tmp_path / "cache", Site(), url)
