from __future__ import annotations

import gzip
import ssl
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from fakes.site import Answer
from porter import __version__
from porter.errors import IndexUnavailable
from porter.index.http import ATTEMPTS, Http, TooLarge

URL = "https://index.example/simple/foo/"
Handler = Callable[[httpx.Request], httpx.Response]


def client(handler: Handler, **options: object) -> Http:
    settings = {"credentials": {}, "environ": {"NETRC": "/dev/null"}, **options}
    settings.setdefault("sleep", lambda _: None)
    return Http(transport=httpx.MockTransport(handler), **settings)  # type: ignore[arg-type]  # a dict of options


def answers(*given: Answer) -> tuple[Handler, list[httpx.Request]]:
    left, seen = list(given), []

    def handle(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return (left.pop(0) if len(left) > 1 else left[0]).response()

    return handle, seen


def test_says_who_it_is() -> None:
    handle, seen = answers(Answer(200, b"x"))
    assert client(handle).get(URL, limit=9).body == b"x"
    assert seen[0].headers["User-Agent"] == f"porter/{__version__}"


@pytest.mark.parametrize("status", [404, 410])
def test_missing_is_an_answer(status: int) -> None:
    handle, seen = answers(Answer(status))
    assert client(handle).get(URL, limit=9).missing
    assert len(seen) == 1


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_tries_again(status: int) -> None:
    pauses: list[float] = []
    handle, _ = answers(Answer(status), Answer(status, headers={"Retry-After": "7"}), Answer(200))
    assert client(handle, sleep=pauses.append).get(URL, limit=9).status == 200
    assert pauses == [0.5, 7.0]


def test_waits_no_longer_than_half_a_minute() -> None:
    pauses: list[float] = []
    handle, _ = answers(Answer(429, headers={"Retry-After": "86400"}), Answer(200))
    client(handle, sleep=pauses.append).get(URL, limit=9)
    assert pauses == [30.0]


def test_gives_up_naming_address_cause_and_next_step() -> None:
    handle, seen = answers(Answer(503))
    with pytest.raises(IndexUnavailable, match=r"index\.example/simple/foo/.*503") as failure:
        client(handle).get(URL, limit=9)
    assert failure.value.hint
    assert len(seen) == ATTEMPTS


def test_does_not_repeat_what_cannot_help() -> None:
    handle, seen = answers(Answer(403))
    with pytest.raises(IndexUnavailable) as failure:
        client(handle).get(URL, limit=9)
    assert "netrc" in str(failure.value.hint)
    assert len(seen) == 1


def test_connection_errors() -> None:
    calls = []

    def handle(request: httpx.Request) -> httpx.Response:
        calls.append(request)
        raise httpx.ConnectError("Connection refused")

    pauses: list[float] = []
    down = client(handle, sleep=pauses.append)
    with pytest.raises(IndexUnavailable, match="Connection refused"):
        down.get(URL, limit=9)
    assert (len(calls), sum(pauses)) == (3, 1.5)
    with pytest.raises(IndexUnavailable):
        down.get(URL, limit=9)
    assert len(calls) == 4


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (httpx.ConnectTimeout("timed out"), "no connection after 10 seconds"),
        (httpx.ReadTimeout("timed out"), "no answer for 30 seconds"),
    ],
)
def test_a_server_that_does_not_answer_is_asked_twice(error: Exception, words: str) -> None:
    calls = []

    def handle(request: httpx.Request) -> httpx.Response:
        calls.append(request)
        raise error

    with pytest.raises(IndexUnavailable, match=words):
        client(handle).get(URL, limit=9)
    assert len(calls) == 2


def test_a_server_that_is_back_is_waited_for_again() -> None:
    up = False

    def handle(_request: httpx.Request) -> httpx.Response:
        if not up:
            raise httpx.ConnectError("Connection refused")
        return httpx.Response(200)

    pauses: list[float] = []
    server = client(handle, sleep=pauses.append)
    with pytest.raises(IndexUnavailable):
        server.get(URL, limit=9)
    up = True
    assert server.get(URL, limit=9).status == 200
    up = False
    with pytest.raises(IndexUnavailable):
        server.get(URL, limit=9)
    assert pauses == [0.5, 1.0, 0.5, 1.0]


def test_a_certificate_is_no_passing_trouble() -> None:
    calls = []

    def handle(request: httpx.Request) -> httpx.Response:
        calls.append(request)
        raise httpx.ConnectError("bad certificate") from ssl.SSLCertVerificationError("x")

    with pytest.raises(IndexUnavailable) as failure:
        client(handle).get(URL, limit=9)
    assert "SSL_CERT_FILE" in str(failure.value.hint)
    assert len(calls) == 1


def test_redirects_between_servers() -> None:
    handle, seen = answers(
        Answer(301, headers={"Location": "https://mirror.example/foo/"}), Answer(200, b"x")
    )
    reply = client(handle).get(URL, limit=9)
    assert (reply.body, reply.url) == (b"x", "https://mirror.example/foo/")
    assert seen[1].url.host == "mirror.example"


@pytest.mark.parametrize(
    "location",
    ["file:///etc/passwd", "http://index.example/", "ftp://x.example/", ""],
)
def test_redirects_that_are_not_followed(location: str) -> None:
    handle, seen = answers(Answer(302, headers={"Location": location}), Answer(200, b"x"))
    with pytest.raises(IndexUnavailable, match="does not follow"):
        client(handle).get(URL, limit=9)
    assert len(seen) == 1


@pytest.mark.parametrize(
    "location",
    [
        "https://[::1",
        "https://h:99999/",
        "https://h:port/",
        "https:///x",
        "https://\u2028/",
        "https://xn--/",
        "//",
    ],
)
def test_a_redirect_to_no_address(location: str) -> None:
    handle, _ = answers(Answer(302, headers={"Location": location.encode()}))  # type: ignore[dict-item]  # as bytes
    with pytest.raises(IndexUnavailable, match=r"index\.example"):
        client(handle).get(URL, limit=9)


def test_redirects_in_a_circle() -> None:
    handle, _ = answers(Answer(302, headers={"Location": URL}))
    with pytest.raises(IndexUnavailable, match="redirects"):
        client(handle).get(URL, limit=9)


def test_too_large_and_gzip_bomb() -> None:
    handle, _ = answers(Answer(200, b"x" * 100))
    with pytest.raises(TooLarge):
        client(handle).get(URL, limit=99)
    bomb = gzip.compress(b"\0" * 10_000_000)
    handle, _ = answers(Answer(200, bomb, {"Content-Encoding": "gzip"}))
    with pytest.raises(TooLarge):
        client(handle).get(URL, limit=1_000_000)
    broken = Answer(200, b"not gzip", {"Content-Encoding": "gzip"})
    handle, _ = answers(broken)
    with pytest.raises(IndexUnavailable):
        client(handle).get(URL, limit=99)


def test_credentials_go_to_their_origin_only() -> None:
    handle, seen = answers(
        Answer(302, headers={"Location": "https://elsewhere.example/"}), Answer(200)
    )
    own = {"https://index.example:443": ("me", "secret")}
    client(handle, credentials=own).get(URL, limit=9)
    assert seen[0].headers["Authorization"].startswith("Basic ")
    assert "Authorization" not in seen[1].headers


def test_netrc(tmp_path: Path) -> None:
    (tmp_path / "netrc").write_text("machine index.example login me password secret\n")
    handle, seen = answers(Answer(200))
    client(handle, environ={"NETRC": str(tmp_path / "netrc")}).get(URL, limit=9)
    assert seen[0].headers["Authorization"] == "Basic bWU6c2VjcmV0"


def test_a_netrc_of_another_kind(tmp_path: Path) -> None:
    (tmp_path / "netrc").write_text("what is secret\n")
    handle, _ = answers(Answer(200))
    with pytest.raises(IndexUnavailable, match="netrc") as failure:
        client(handle, environ={"NETRC": str(tmp_path / "netrc")}).get(URL, limit=9)
    assert "secret" not in str(failure.value)


@pytest.mark.parametrize(
    "url",
    [
        "https://index.example/\x00",
        "https://..:x/",
        "https://h:99999/",
        "https://\u2028/",
        "https://" + "a" * 70000,
    ],
)
def test_addresses_that_are_none(url: str) -> None:
    handle, seen = answers(Answer(200))
    with pytest.raises(IndexUnavailable):
        client(handle).get(url, limit=9)
    assert not seen


def test_closing_ends_the_waiting() -> None:
    handle, seen = answers(Answer(503))
    http = Http(credentials={}, transport=httpx.MockTransport(handle))
    http.close()
    with pytest.raises(IndexUnavailable):
        http.get(URL, limit=9)
    assert len(seen) == 1


def test_offline_asks_nobody() -> None:
    handle, seen = answers(Answer(200))
    with pytest.raises(IndexUnavailable, match="offline"):
        client(handle, offline=True).get(URL, limit=9)
    assert not seen
