from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from packaging.utils import NormalizedName

from fakes.index import FakeFile, sdist, wheel
from fakes.site import ROOT, Answer, Site, json_page
from porter.errors import IndexUnavailable
from porter.index import Indexes, IndexSettings, client, pagecache

FOO = NormalizedName("foo")
PAGE = "/simple/foo/"
DATA = {"foo": [sdist("foo-1.0.tar.gz")]}


def ask(
    site: Site,
    cache: Path,
    *,
    settings: IndexSettings | None = None,
    offline: bool = False,
    refresh: bool = False,
) -> list[str] | None:
    """The file names of foo; None when it is unknown."""
    settings = settings or IndexSettings((("default", ROOT),))
    with Indexes(
        settings,
        cache=cache,
        offline=offline,
        refresh=refresh,
        notice=print,
        transport=site.transport(),
    ) as index:
        project = index.project(FOO)
        assert project == index.project(FOO)
        return None if project is None else [f.filename for f in project.files]


def test_asks_for_json_once(tmp_path: Path) -> None:
    site = Site(DATA)
    assert ask(site, tmp_path) == ["foo-1.0.tar.gz"]
    assert site.paths() == [PAGE]
    assert site.seen[0].headers["Accept"].startswith("application/vnd.pypi.simple.v1+json")


def test_a_fresh_page_is_not_asked_for_again(tmp_path: Path) -> None:
    site = Site(DATA, headers={"Cache-Control": "public, max-age=600"})
    assert ask(site, tmp_path) == ask(site, tmp_path)
    assert site.paths() == [PAGE]


@pytest.mark.parametrize(
    "headers",
    [
        {"Cache-Control": "max-age=600, no-cache"},
        {"Cache-Control": "max-age=0"},
        {"Last-Modified": "Mon, 06 Jan 2020 00:00:00 GMT"},
        {"Expires": "0"},
        {"Cache-Control": "public"},
    ],
)
def test_other_pages_are(tmp_path: Path, headers: dict[str, str]) -> None:
    site = Site(DATA, headers=headers)
    assert ask(site, tmp_path) == ask(site, tmp_path)
    assert site.paths() == [PAGE, PAGE]


def test_a_page_whose_server_says_nothing_is_believed_for_ten_minutes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = Site(DATA)
    assert ask(site, tmp_path) == ask(site, tmp_path)
    assert site.paths() == [PAGE]
    monkeypatch.setattr(pagecache, "UNSTATED", -1.0)
    ask(site, tmp_path / "other")
    ask(site, tmp_path / "other")
    assert site.paths() == [PAGE, PAGE, PAGE]


def test_a_fresh_page_is_asked_for_again_when_that_is_wanted(tmp_path: Path) -> None:
    site = Site(DATA, headers={"Cache-Control": "max-age=600", "ETag": '"1"'})
    assert ask(site, tmp_path) == ask(site, tmp_path, refresh=True)
    assert site.paths() == [PAGE, PAGE]
    assert site.seen[1].headers["If-None-Match"] == '"1"'


@pytest.mark.parametrize("age", ["601", "9" * 5000])
def test_age_counts(tmp_path: Path, age: str) -> None:
    site = Site(DATA, headers={"Cache-Control": "max-age=600", "Age": age})
    assert ask(site, tmp_path) == ask(site, tmp_path)
    assert site.paths() == [PAGE, PAGE]


def test_an_unchanged_page_is_renewed(tmp_path: Path) -> None:
    site = Site(DATA, headers={"ETag": '"1"'})
    assert ask(site, tmp_path) == ask(site, tmp_path)
    assert site.seen[1].headers["If-None-Match"] == '"1"'


class Down(Site):
    """A server that has gone."""

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.seen.append(request)
        raise httpx.ConnectError("Connection refused")


@pytest.fixture
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("porter.index.http._pause", lambda *_: 0.0)


@pytest.mark.usefixtures("_no_pauses")
def test_an_outage_is_bridged_by_what_was_seen(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ask(Site(DATA, headers={"Cache-Control": "max-age=0"}), tmp_path)
    assert ask(Down(), tmp_path) == ["foo-1.0.tar.gz"]
    told = capsys.readouterr().out
    assert told.startswith("https://index.example/simple/foo/ cannot be read: Connection refused;")
    assert "from the cache" in told


@pytest.mark.usefixtures("_no_pauses")
@pytest.mark.parametrize("control", ["no-cache", "max-age=0, must-revalidate", "no-store"])
def test_but_not_where_the_server_forbids_that(tmp_path: Path, control: str) -> None:
    ask(Site(DATA, headers={"Cache-Control": control}), tmp_path)
    with pytest.raises(IndexUnavailable, match="Connection refused"):
        ask(Down(), tmp_path)


def test_a_refusal_is_no_outage(tmp_path: Path) -> None:
    ask(Site(DATA, headers={"Cache-Control": "max-age=0"}), tmp_path)
    with pytest.raises(IndexUnavailable, match="status 403"):
        ask(Site(pages={PAGE: Answer(403), "/simple/": Answer()}), tmp_path)


EXTRA = "https://extra.example/simple/"


class Bucket(Site):
    """Two indexes, of which the second forbids what is not in `pages`."""

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.url.host == "extra.example" and request.url.path not in self.pages:
            return Answer(403).response()
        return super().__call__(request)


@pytest.mark.parametrize("indexes", [("default", ROOT), ()])
def test_what_an_open_index_forbids_is_not_there(
    tmp_path: Path, indexes: tuple[str, str] | tuple[()], capsys: pytest.CaptureFixture[str]
) -> None:
    """S3 answers so where the names of a bucket's objects are not for all: pytorch's index."""
    settings = IndexSettings(((indexes,) if indexes else ()) + (("extra-1", EXTRA),))
    bucket = Bucket(DATA, pages={"/simple/": Answer(200, b"<html>")})
    expected = ["foo-1.0.tar.gz"] if indexes else None
    assert ask(bucket, tmp_path, settings=settings) == expected
    told = capsys.readouterr().out
    assert told.startswith("https://extra.example/simple/foo/ is forbidden (status 403)")
    assert told.count("\n") == 1
    assert ask(bucket, tmp_path, settings=settings, offline=True) == expected


def test_it_is_told_once_for_all_its_names(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bucket = Bucket(pages={"/simple/": Answer()})
    with Indexes(
        IndexSettings((("extra-1", EXTRA),)),
        cache=tmp_path,
        notice=print,
        transport=bucket.transport(),
    ) as index:
        for name in ("foo", "bar"):
            assert index.project(NormalizedName(name)) is None
    assert capsys.readouterr().out.count("\n") == 1
    assert bucket.paths() == ["/simple/"]


@pytest.mark.parametrize("root", [Answer(403), Answer(404), Answer(401), Answer(418)])
def test_a_closed_index_gives_way_to_no_other(tmp_path: Path, root: Answer) -> None:
    settings = IndexSettings((("default", ROOT), ("extra-1", EXTRA)))
    with pytest.raises(IndexUnavailable, match=r"extra.*status 403") as failure:
        ask(Bucket(DATA, pages={"/simple/": root}), tmp_path, settings=settings)
    assert "credentials" in str(failure.value.hint)


@pytest.mark.parametrize("status", [401, 407, 418])
def test_nor_does_one_that_refuses_otherwise(tmp_path: Path, status: int) -> None:
    with pytest.raises(IndexUnavailable, match=f"status {status}"):
        ask(Site(pages={PAGE: Answer(status), "/simple/": Answer()}), tmp_path)


@pytest.mark.parametrize(
    "answer", [Answer(403), Answer(302, headers={"Location": "https://store.example/foo"})]
)
def test_nor_one_that_was_given_credentials(tmp_path: Path, answer: Answer) -> None:
    settings = IndexSettings((("default", "https://me:s3cret@index.example/simple/"),))
    pages = {PAGE: answer, "/foo": Answer(403), "/simple/": Answer()}
    with pytest.raises(IndexUnavailable, match="status 403"):
        ask(Site(pages=pages), tmp_path, settings=settings)


def test_offline_serves_what_was_seen_and_nothing_else(tmp_path: Path) -> None:
    with pytest.raises(IndexUnavailable, match="offline"):
        ask(Site(DATA), tmp_path, offline=True)
    ask(Site(DATA), tmp_path)
    site = Site(DATA)
    assert ask(site, tmp_path, offline=True) == ["foo-1.0.tar.gz"]
    assert not site.seen


def test_offline_remembers_what_was_unknown(tmp_path: Path) -> None:
    assert ask(Site(), tmp_path) is None
    assert ask(Site(DATA), tmp_path, offline=True) is None


def test_no_store_keeps_nothing(tmp_path: Path) -> None:
    ask(Site(DATA, headers={"Cache-Control": "no-store"}), tmp_path)
    with pytest.raises(IndexUnavailable):
        ask(Site(DATA), tmp_path, offline=True)


def test_a_damaged_cache_is_as_none(tmp_path: Path) -> None:
    site = Site(DATA, headers={"Cache-Control": "max-age=600"})
    ask(site, tmp_path)
    for path in (tmp_path / "http").rglob("*"):
        if path.is_file():
            path.write_bytes(path.read_bytes()[:20])
    assert ask(site, tmp_path) == ["foo-1.0.tar.gz"]
    assert len(site.seen) == 2


def test_a_huge_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "PAGE_LIMIT", 10)
    with pytest.raises(IndexUnavailable, match="longer than 10 bytes"):
        ask(Site(DATA), tmp_path)


def test_a_page_of_another_kind(tmp_path: Path) -> None:
    site = Site(pages={PAGE: Answer(200, b"<html>log in", {"Content-Type": "text/plain"})})
    with pytest.raises(IndexUnavailable, match=r"index\.example/simple/foo/.*text/plain"):
        ask(site, tmp_path)


def test_links_start_where_a_redirect_ended(tmp_path: Path) -> None:
    page = json.loads(json_page(DATA["foo"]))
    page["files"][0]["url"] = "foo-1.0.tar.gz"
    kind = {"Content-Type": "application/vnd.pypi.simple.v1+json"}
    site = Site(
        pages={
            PAGE: Answer(301, headers={"Location": "https://mirror.example/here/"}),
            "/here/": Answer(200, json.dumps(page).encode(), kind),
        }
    )
    settings = IndexSettings((("default", ROOT),))
    for offline in (False, True):
        with Indexes(
            settings, cache=tmp_path, offline=offline, notice=print, transport=site.transport()
        ) as index:
            found = index.project(FOO)
        assert found is not None
        assert found.files[0].url == "https://mirror.example/here/foo-1.0.tar.gz"


def test_all_indexes_count_and_a_file_on_two_is_the_firsts(tmp_path: Path) -> None:
    simple, wheels = tmp_path / "simple", tmp_path / "wheels"
    for folder, files in (
        (simple / "foo", [*DATA["foo"], sdist("foo-1.1.tar.gz")]),
        (wheels, [wheel("foo-1.1-py3-none-any.whl"), wheel("bar-1.0-py3-none-any.whl")]),
    ):
        write(folder, files)
    (wheels / "foo-1.2-py3-none-any.whl").mkdir()
    settings = IndexSettings(
        (("default", ROOT), ("extra-1", simple.as_uri() + "/")), (str(wheels),)
    )
    with Indexes(
        settings, cache=tmp_path / "cache", notice=print, transport=Site(DATA).transport()
    ) as index:
        project = index.project(FOO)
        assert project is not None
        assert [(f.index, f.filename) for f in project.files] == [
            ("default", "foo-1.0.tar.gz"),
            ("extra-1", "foo-1.1.tar.gz"),
            ("find-links", "foo-1.1-py3-none-any.whl"),
        ]
        assert all(file.sha256 and file.size for file in project.files)
        assert b"Name: foo" in (index.metadata(project.files[2]) or b"")
        assert index.download(project.files[2]).is_file()


def test_a_local_hash_follows_the_file(tmp_path: Path) -> None:
    settings = IndexSettings((), (str(tmp_path / "wheels"),))
    hashes = set()
    for requires in ([], ["x"]):
        fake = wheel("foo-1.0-py3-none-any.whl", requires=requires)
        write(tmp_path / "wheels", [fake])
        with Indexes(settings, cache=tmp_path / "cache", notice=print) as index:
            project = index.project(FOO)
        assert project is not None
        assert project.files[0].sha256 == fake.file.sha256
        hashes.add(project.files[0].sha256)
    assert len(hashes) == 2


def test_a_wheelhouse_that_is_gone_is_told_once(tmp_path: Path) -> None:
    notices: list[str] = []
    settings = IndexSettings((), (str(tmp_path / "gone"),))
    with Indexes(settings, cache=tmp_path / "cache", notice=notices.append) as index:
        assert index.project(FOO) is None
        assert index.project(NormalizedName("bar")) is None
    assert len(notices) == 1
    assert str(tmp_path / "gone") in notices[0]


def test_a_folder_of_links_that_cannot_be_is_left_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = IndexSettings((("default", ROOT),), ("a" * 300,))
    assert ask(Site(DATA), tmp_path, settings=settings) == ["foo-1.0.tar.gz"]
    assert "aaa is not there, and is left out" in capsys.readouterr().out


def test_a_find_links_page_is_read_once(tmp_path: Path) -> None:
    page = '<a href="foo-1.0.tar.gz">x</a><a href="bar-1.0.tar.gz">x</a><a href="/">up</a>'
    site = Site(pages={"/all": Answer(200, page.encode(), {"Content-Type": "text/html"})})
    settings = IndexSettings((), ("https://index.example/all",))
    with Indexes(settings, cache=tmp_path, notice=print, transport=site.transport()) as index:
        for name in ("foo", "bar"):
            project = index.project(NormalizedName(name))
            assert project is not None
            assert project.files[0].url == f"https://index.example/{name}-1.0.tar.gz"
    assert len(site.seen) == 1


def test_a_password_is_sent_and_never_shown(tmp_path: Path) -> None:
    settings = IndexSettings((("default", "https://me:s3cret@index.example/simple/"),))
    assert "s3cret" not in repr(settings)
    site = Site(pages={PAGE: Answer(403)})
    with pytest.raises(IndexUnavailable) as failure:
        ask(site, tmp_path, settings=settings)
    assert site.seen[0].headers["Authorization"].startswith("Basic ")
    assert "s3cret" not in f"{failure.value} {failure.value.context} {failure.value.hint}"
    good = Site(DATA)
    ask(good, tmp_path, settings=settings)
    kept = b"".join(p.read_bytes() for p in tmp_path.rglob("*") if p.is_file())
    assert b"s3cret" not in kept
    assert good.seen[0].headers["Authorization"].encode() not in kept


def test_prefetch_asks_for_all(tmp_path: Path) -> None:
    site = Site({f"p{n}": [sdist(f"p{n}-1.0.tar.gz")] for n in range(40)})
    names = [NormalizedName(name) for name in site.projects]
    with Indexes(
        IndexSettings((("default", ROOT),)),
        cache=tmp_path,
        notice=print,
        transport=site.transport(),
    ) as index:
        index.prefetch(names)
        assert all(index.project(name) is not None for name in names)
    assert len(site.seen) == 40


def test_same_name_other_content_both_stay(tmp_path: Path) -> None:
    other = replace(DATA["foo"][0], content=b"other")
    write(tmp_path / "wheels", [other])
    settings = IndexSettings((("default", ROOT),), (str(tmp_path / "wheels"),))
    assert ask(Site(DATA), tmp_path / "cache", settings=settings) == ["foo-1.0.tar.gz"] * 2


def test_an_outage_of_one_index_is_an_outage(tmp_path: Path) -> None:
    def handle(request: httpx.Request) -> httpx.Response:
        status = 418 if request.url.host == "extra.example" else 404
        return httpx.Response(status)

    settings = IndexSettings((("default", ROOT), ("extra-1", "https://extra.example/")))
    with (
        Indexes(
            settings, cache=tmp_path, notice=print, transport=httpx.MockTransport(handle)
        ) as index,
        pytest.raises(IndexUnavailable, match=r"extra\.example"),
    ):
        index.project(FOO)


def write(folder: Path, files: list[FakeFile]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for fake in files:
        (folder / fake.file.filename).write_bytes(fake.content)
