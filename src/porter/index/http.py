"""Requests to package indexes: bounded, repeated where that can help, redirected with care.

A 404 is an answer (`Reply.status`), any other failure `porter.errors.IndexUnavailable`. No
message shows a password or a query string.
"""

from __future__ import annotations

import netrc
import os
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urljoin, urlsplit

from porter import __version__
from porter.errors import IndexUnavailable
from porter.index.urls import Credentials, may_lead_to, origin, shown

if TYPE_CHECKING:
    import httpx

T = TypeVar("T")

ATTEMPTS = 4
MAX_REDIRECTS = 5
MAX_PAUSE = 30.0
"""Seconds; a server that asks for more (Retry-After) is not waited for longer."""
CONNECTIONS = 16

_RETRIED = frozenset({429, 500, 502, 503, 504})
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_ANSWERS = frozenset({200, 206, 304, 404, 410, 416})
_TIMEOUT = (10.0, 30.0, 30.0, None)
"""Seconds to connect, for a read, for a write, and for a free connection: as long as it takes."""
# httpx says "timed out" to all of them.
_TIMED_OUT = {
    "ConnectTimeout": "no connection after 10 seconds",
    "ReadTimeout": "no answer for 30 seconds",
}


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer, read whole."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    url: str
    """Where it came from in the end: what relative links start from."""

    @property
    def missing(self) -> bool:
        """Whether the server says that there is no such thing."""
        return self.status in {404, 410}


class Unreachable(IndexUnavailable):
    """The server is not there, or has trouble: what it said before may still hold."""


class Offline(IndexUnavailable):
    """Nothing may be asked for over a network."""


class Forbidden(IndexUnavailable):
    """Status 403 for a request that gave no credentials: some servers say it of what they lack."""


class TooLarge(Exception):
    """The answer is longer than the caller takes."""


class Http:
    """A pool of connections, or none at all when `offline`. Thread-safe.

    `credentials` maps an origin (`porter.index.urls.origin`) to what is sent there, and nowhere
    else; hosts not in it are looked up in the user's netrc file.
    """

    def __init__(
        self,
        *,
        credentials: Mapping[str, Credentials],
        offline: bool = False,
        environ: Mapping[str, str] = os.environ,
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], object] | None = None,
    ) -> None:
        self._credentials = credentials
        self._offline = offline
        self._environ = environ
        self._transport = transport
        self._closed = threading.Event()
        self._sleep = sleep or self._closed.wait
        self._lock = threading.Lock()
        self._made: httpx.Client | None = None
        self._logins: netrc.netrc | None = None
        self._netrc_is_read = False
        self._down: set[str] = set()
        """Origins that did not answer when last asked: not worth waiting for again."""

    def get(self, url: str, *, headers: Mapping[str, str] | None = None, limit: int) -> Reply:
        """The answer to a GET, of at most `limit` bytes after decompression.

        Raises `TooLarge`, and `porter.errors.IndexUnavailable` for an outage.
        """

        def read() -> Reply:
            with self._follow(url, headers or {}) as response:
                body = _read(response.iter_bytes(), limit)
                return Reply(response.status_code, response.headers, body, str(response.url))

        return self._insist(url, read)

    def stream(self, url: str, consume: Callable[[Iterator[bytes]], None]) -> bool:
        """Hand a file's bytes, as they are on the server, to `consume`; False when there is none.

        After a broken connection `consume` is called again, from the start.
        """

        def pump() -> bool:
            with self._follow(url, {"Accept-Encoding": "identity"}) as response:
                if response.status_code != 200:
                    return False
                consume(response.iter_raw(chunk_size=1 << 16))
                return True

        return self._insist(url, pump)

    def close(self) -> None:
        """Close all connections; requests that wait for their next attempt give up."""
        self._closed.set()
        with self._lock:
            if self._made is not None:
                self._made.close()
                self._made = None

    def _insist(self, url: str, act: Callable[[], T]) -> T:
        """Repeat `act` after failures that may pass, with growing pauses."""
        if self._offline:
            raise Offline(
                f"{shown(url)} is not in the cache, and porter is offline",
                hint="Run the same once without --offline (PORTER_OFFLINE).",
            )
        import httpx  # here, since a plan whose pages are all at hand needs no network: 0.1 s

        attempt = 0
        while True:
            attempt += 1
            try:
                answer = act()
            except (httpx.TransportError, httpx.DecodingError, _Refused) as error:
                pause = _pause(error, attempt)
                if pause is None or self._gives_up(url, error, attempt):
                    raise _unavailable(url, error) from error
            except httpx.InvalidURL as error:
                raise _unavailable(url, error) from error
            else:
                self._down.discard(origin(url))
                return answer
            self._sleep(pause)

    def _gives_up(self, url: str, error: Exception, attempt: int) -> bool:
        import httpx

        server = origin(url)
        if server not in self._down and attempt < _attempts(error):
            return self._closed.is_set()
        if isinstance(error, (httpx.NetworkError, httpx.TimeoutException)):
            self._down.add(server)
        return True

    @contextmanager
    def _follow(self, url: str, headers: Mapping[str, str]) -> Iterator[httpx.Response]:
        """Open a response, following redirects to allowed addresses; `_Refused` for an outage."""
        anonymous = True
        for _ in range(MAX_REDIRECTS + 1):
            response, auth = self._send(url, headers)
            anonymous = anonymous and auth is None
            try:
                if response.status_code not in _REDIRECTS:
                    if response.status_code not in _ANSWERS:
                        raise _Refused(response, anonymous=anonymous)
                    yield response
                    return
                url = _redirected(url, response.headers.get("Location", ""))
            finally:
                response.close()
        raise IndexUnavailable(f"{shown(url)}: more than {MAX_REDIRECTS} redirects")

    def _send(
        self, url: str, headers: Mapping[str, str]
    ) -> tuple[httpx.Response, Credentials | None]:
        """The answer, not read yet, and what was sent as credentials."""
        import httpx

        try:
            auth = self._auth(url)
            request = self._client().build_request("GET", url, headers=dict(headers))
            return self._client().send(request, stream=True, auth=auth), auth
        except ValueError as error:  # of a host or a port, also that of a redirect (idna's)
            raise httpx.InvalidURL(str(error)) from error

    def _auth(self, url: str) -> Credentials | None:
        if found := self._credentials.get(origin(url)):
            return found
        logins = self._netrc()
        known = logins and logins.authenticators(urlsplit(url).hostname or "")
        return (known[0], known[2] or "") if known else None

    def _netrc(self) -> netrc.netrc | None:
        with self._lock:
            if not self._netrc_is_read:
                self._logins = _read_netrc(self._environ)
                self._netrc_is_read = True
            return self._logins

    def _client(self) -> httpx.Client:
        with self._lock:
            if self._made is None:
                self._made = self._new_client()
            return self._made

    def _new_client(self) -> httpx.Client:
        import httpx

        # The threads that ask bound how many are in use. A bound here were shared by the servers
        # of pages and of files, whose idle connections would push each other out all the time.
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=4 * CONNECTIONS)
        headers = {"User-Agent": f"porter/{__version__}", "Accept-Encoding": "gzip"}
        try:
            # No HTTP/2: httpcore's threads share a connection's state without a lock, so that two
            # may take the same stream. Connections that stay open are no slower.
            return httpx.Client(
                timeout=httpx.Timeout(_TIMEOUT),
                limits=limits,
                headers=headers,
                transport=self._transport,
            )
        except (OSError, ValueError) as error:  # an unreadable CA file, a malformed proxy
            raise IndexUnavailable(
                f"no connection to package indexes can be set up: {error}",
                hint="Check SSL_CERT_FILE, SSL_CERT_DIR and the proxy variables.",
            ) from error


class _Refused(Exception):
    """The server answered with a status that is no answer."""

    def __init__(self, response: httpx.Response, *, anonymous: bool) -> None:
        super().__init__(f"the server answered with status {response.status_code}")
        self.status = response.status_code
        self.retry_after = response.headers.get("Retry-After")
        self.is_forbidden = anonymous and self.status == 403


def _read(chunks: Iterator[bytes], limit: int) -> bytes:
    parts: list[bytes] = []
    total = 0
    for chunk in chunks:
        total += len(chunk)
        if total > limit:
            raise TooLarge
        parts.append(chunk)
    return b"".join(parts)


def _redirected(url: str, location: str) -> str:
    try:
        destination = urljoin(url, location)
    except ValueError:
        destination = ""
    if not location or not may_lead_to(url, destination):
        raise IndexUnavailable(
            f"{shown(url)} redirects to {shown(destination)}, which porter does not follow",
            hint="Redirects are followed between http and https addresses, never away from https.",
        )
    return destination


def _pause(error: Exception, attempt: int) -> float | None:
    """Seconds to wait before the next attempt, or None when another cannot help."""
    pause = float(2 ** (attempt - 2))
    if not isinstance(error, _Refused):
        return None if _is_certificate(error) else pause
    if error.status not in _RETRIED:
        return None
    asked = error.retry_after or ""
    return min(max(pause, float(asked)) if asked.isdecimal() else pause, MAX_PAUSE)


def _attempts(error: Exception) -> int:
    """How often to ask: a server that is not there is soon told, one that is slow even sooner."""
    import httpx

    if isinstance(error, httpx.TimeoutException):
        return 2
    return 3 if isinstance(error, httpx.ConnectError) else ATTEMPTS


def _is_certificate(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return True
        error = error.__cause__ or error.__context__
    return False


def _unavailable(url: str, error: Exception) -> IndexUnavailable:
    import httpx

    cause = _TIMED_OUT.get(type(error).__name__) or str(error) or type(error).__name__
    passing = not isinstance(error, httpx.InvalidURL) and _pause(error, 1) is not None
    kind = Unreachable if passing else IndexUnavailable
    if isinstance(error, _Refused) and error.is_forbidden:
        kind = Forbidden
    return kind(f"{shown(url)} cannot be read: {cause}", hint=_hint(error))


def _hint(error: Exception) -> str:
    if isinstance(error, _Refused):
        if error.status in {401, 403, 407}:
            return "Give credentials in the index's address or in ~/.netrc."
        return "The server has trouble; try again later, or give another index (--index-url)."
    if _is_certificate(error):
        return "Let SSL_CERT_FILE name the certificates your network uses."
    return "Check the network and the proxy variables, or give another index (--index-url)."


def _read_netrc(environ: Mapping[str, str]) -> netrc.netrc | None:
    path = Path(environ.get("NETRC") or Path.home() / ".netrc")
    try:
        return netrc.netrc(str(path))
    except (FileNotFoundError, PermissionError, NotADirectoryError):
        return None
    except (netrc.NetrcParseError, UnicodeDecodeError) as error:
        raise IndexUnavailable(
            f"{path} cannot be understood ({type(error).__name__})", hint="Mend or remove it."
        ) from None
