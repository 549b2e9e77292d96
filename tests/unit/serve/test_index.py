"""The simple index as installers see it, without a socket."""

from __future__ import annotations

import asyncio
import hashlib
from pathlib import Path
from typing import Any

import httpx
import pytest
from pypi_simple import ProjectPage

from fakes.wheels import make_wheel
from porter.errors import UsageError
from porter.serve import Shelf, site
from porter.serve.feed import Seen
from porter.serve.live import Live

WHEEL = "demo-1.0-cp39-cp39-manylinux2014_aarch64.manylinux_2_17_aarch64.whl"
JSON = "application/vnd.pypi.simple.v1+json"
HTML = "application/vnd.pypi.simple.v1+html"


def nothing() -> Seen:
    raise UsageError("no plan here", hint="Make one: porter plan REQ")


class Client:
    """One request after the other."""

    def __init__(self, folder: Path, host: str | None = "127.0.0.1") -> None:
        self.shelf = Shelf(folder)
        self.app = site(self.shelf, Live(nothing, events="events"), host=host)

    def __call__(self, path: str, method: str = "GET", **headers: str) -> httpx.Response:
        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(app=self.app)
            base = "http://127.0.0.1:8000"
            async with httpx.AsyncClient(transport=transport, base_url=base) as client:
                names = {name.replace("_", "-"): value for name, value in headers.items()}
                return await client.request(method, path, headers=names)

        return asyncio.run(ask())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "wheelhouse"
    make_wheel(folder, WHEEL, {"demo.py": ""}, metadata="Requires-Python: >=3.9, <4\n")
    return folder


@pytest.fixture
def client(folder: Path) -> Client:
    return Client(folder)


def test_the_root_names_the_projects(client: Client) -> None:
    assert client("/simple/", accept=JSON).json()["projects"] == [{"name": "demo"}]
    assert '<a href="demo/">demo</a>' in client("/simple/").text


@pytest.mark.parametrize("accept", [JSON, HTML, "text/html"])
def test_a_project_s_page_is_what_its_readers_expect(
    client: Client, folder: Path, accept: str
) -> None:
    answer = client("/simple/demo/", accept=accept)
    assert answer.headers["content-type"].partition(";")[0] == accept
    assert answer.headers["vary"] == "Accept"
    base = "http://h/simple/demo/"
    if accept == JSON:
        page = ProjectPage.from_json_data(answer.json(), base)
        assert answer.json()["versions"] == ["1.0"]
        assert answer.json()["files"][0]["size"] == (folder / WHEEL).stat().st_size
    else:
        page = ProjectPage.from_html("demo", answer.text, base)
    (package,) = page.packages
    sha256 = hashlib.sha256((folder / WHEEL).read_bytes()).hexdigest()
    assert (package.filename, package.version) == (WHEEL, "1.0")
    assert package.url.partition("#")[0] == base + WHEEL
    assert package.digests == {"sha256": sha256}
    assert package.requires_python == ">=3.9, <4"
    metadata = client(f"/simple/demo/{WHEEL}.metadata").content
    assert package.metadata_digests == {"sha256": hashlib.sha256(metadata).hexdigest()}


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("", "text/html"),
        ("*/*", "text/html"),
        (f"{JSON}, {HTML}; q=0.1, text/html; q=0.01", JSON),
        (f"{JSON};q=0.1, text/html", "text/html"),
        ("application/vnd.pypi.simple.latest+json", JSON),
        (f"{JSON};q=x, {HTML}", HTML),
        ("image/png", None),
        (f"{JSON};q=0", None),
    ],
)
def test_negotiation(client: Client, accept: str, kind: str | None) -> None:
    answer = client("/simple/", accept=accept)
    if kind is None:
        assert answer.status_code == 406
    else:
        assert answer.headers["content-type"].partition(";")[0] == kind


def test_names_lead_to_their_one_page(client: Client) -> None:
    assert client("/simple").headers["location"] == "simple/"
    assert client("/simple/Demo").headers["location"] == "demo/"
    assert client("/simple/DEMO/").headers["location"] == "../demo/"


def test_head_is_get_without_the_body(client: Client) -> None:
    for path in ("/simple/", "/simple/demo/", f"/simple/demo/{WHEEL}"):
        head, get = client(path, "HEAD"), client(path)
        assert head.status_code == 200
        assert head.headers["content-length"] == get.headers["content-length"]


@pytest.mark.parametrize("path", ["/simple/", "/simple/demo/", f"/simple/demo/{WHEEL}"])
def test_what_a_client_has_is_not_sent_again(client: Client, path: str) -> None:
    etag = client(path).headers["etag"]
    assert client(path, if_none_match=f'"other", W/{etag}').status_code == 304
    assert client(path, if_none_match="*").status_code == 304
    assert client(path, if_none_match='"other"').status_code == 200


def test_by_time_too(client: Client) -> None:
    path = f"/simple/demo/{WHEEL}"
    modified = client(path).headers["last-modified"]
    assert client(path, if_modified_since=modified).status_code == 304
    assert client(path, if_modified_since="Thu, 01 Jan 1970 00:00:00 GMT").status_code == 200
    assert client(path, if_modified_since="never").status_code == 200


@pytest.mark.parametrize(
    ("wanted", "status", "part"),
    [
        ("bytes=0-3", 206, slice(0, 4)),
        ("bytes=-4", 206, slice(-4, None)),
        ("bytes=10-", 206, slice(10, None)),
        ("bytes=999999-", 416, None),
        ("bytes=5-2", 400, None),
    ],
)
def test_parts_of_a_wheel(
    client: Client, folder: Path, wanted: str, status: int, part: slice | None
) -> None:
    answer = client(f"/simple/demo/{WHEEL}", range=wanted)
    assert answer.status_code == status
    if part is not None:
        assert answer.content == (folder / WHEEL).read_bytes()[part]


@pytest.mark.parametrize(
    "path",
    [
        "/nothing", "/simple/other/", f"/simple/other/{WHEEL}", "/simple/demo/other.whl",
        "/simple/../../etc/passwd", "/simple/demo/../../secret", "/simple/demo/..%2f..%2fsecret",
        "/simple/%2e%2e/secret", "/simple/demo/%00", "/simple/demo/.provenance",
        f"/simple/demo/.provenance/{WHEEL}.json", "/.porter/journal.sqlite", "//etc/passwd",
    ],
)  # fmt: skip
def test_there_is_nothing_else(client: Client, folder: Path, path: str) -> None:
    (folder.parent / "secret").write_text("secret")
    answer = client(path)
    assert answer.status_code == 404
    assert "secret" not in answer.text


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
@pytest.mark.parametrize("path", ["/", "/events", "/simple/", f"/simple/demo/{WHEEL}"])
def test_it_only_reads(client: Client, method: str, path: str) -> None:
    assert client(path, method).status_code == 405


def test_links_are_not_followed(client: Client, folder: Path) -> None:
    secret = make_wheel(folder.parent / "elsewhere", "secret-1-py3-none-any.whl", {"s.py": ""})
    (folder / "secret-1-py3-none-any.whl").symlink_to(secret)
    assert [str(name) for name in client.shelf.projects()] == ["demo"]
    assert client(f"/simple/secret/{secret.name}").status_code == 404


def test_a_link_that_took_a_wheel_s_place_is_not_followed(client: Client, folder: Path) -> None:
    assert client("/simple/demo/").status_code == 200
    secret = folder.parent / "secret"
    secret.write_text("secret")
    (folder / WHEEL).unlink()
    (folder / WHEEL).symlink_to(secret)
    assert client(f"/simple/demo/{WHEEL}").status_code == 404


def test_a_wheel_that_is_published_meanwhile_appears(client: Client, folder: Path) -> None:
    before = client("/simple/demo/").headers["etag"]
    make_wheel(folder, "demo-2.0-py3-none-any.whl", {"demo.py": ""})
    make_wheel(folder, "other-1-py3-none-any.whl", {"other.py": ""})
    answer = client("/simple/demo/", accept=JSON)
    assert answer.json()["versions"] == ["1.0", "2.0"]
    assert client("/simple/demo/").headers["etag"] != before
    assert client("/simple/other/").status_code == 200


def test_a_wheel_that_changes_in_its_place_has_its_new_hash(client: Client, folder: Path) -> None:
    client("/simple/demo/")
    make_wheel(folder, WHEEL, {"demo.py": "print()"})
    client.shelf._looked = float("-inf")
    (file,) = client("/simple/demo/", accept=JSON).json()["files"]
    assert file["hashes"]["sha256"] == hashlib.sha256((folder / WHEEL).read_bytes()).hexdigest()


def test_what_is_no_wheel_is_left_out(client: Client, folder: Path) -> None:
    (folder / "demo-3.0-py3-none-any.whl").write_bytes(b"no zip")
    (folder / "nonsense.whl").write_bytes(b"")
    (folder / "demo-4.0-py3-none-any.whl").mkdir()
    assert len(client("/simple/demo/", accept=JSON).json()["files"]) == 1
    assert client("/simple/demo/demo-3.0-py3-none-any.whl").status_code == 404


def test_a_wheelhouse_that_is_not_there_yet_is_empty(tmp_path: Path) -> None:
    client = Client(tmp_path / "wheelhouse")
    assert client("/simple/", accept=JSON).json()["projects"] == []
    make_wheel(tmp_path / "wheelhouse", WHEEL, {"demo.py": ""})
    assert client("/simple/demo/").status_code == 200


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1:8000", 200), ("localhost", 200), ("LOCALHOST:1", 200), ("[::1]:8000", 200),
        ("127.0.0.2", 200), ("evil.example", 421), ("127.0.0.1.evil.example", 421),
        ("localhost.evil.example:8000", 421), ("10.0.0.1", 421), ("", 421),
    ],
)  # fmt: skip
def test_on_loopback_only_this_machine_is_meant(client: Client, host: str, status: int) -> None:
    assert client("/simple/", host=host).status_code == status


def test_elsewhere_any_name_may_be_meant(folder: Path) -> None:
    assert Client(folder, host=None)("/simple/", host="build.example").status_code == 200


def test_without_a_plan_the_page_says_how_to_make_one(client: Client) -> None:
    answer = client("/")
    assert answer.status_code == 404
    assert answer.text == "no plan here\nMake one: porter plan REQ\n"


def test_no_answer_is_taken_for_something_else(client: Client) -> None:
    for path in ("/", "/simple/", "/simple/demo/", f"/simple/demo/{WHEEL}"):
        headers: Any = client(path).headers
        assert headers["x-content-type-options"] == "nosniff"
