"""The docker SDK's client, and its errors as porter's."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from porter.errors import EngineError, EngineGone

_CONNECT_SECONDS = 5
_CALL_SECONDS = 120
_PASSING = frozenset({502, 503, 504})
"""What a proxy before the engine, or one that is starting, answers."""


def client(address: str, environ: Mapping[str, str]) -> Any:
    """A client whose server has answered, in seconds; after that calls may take their time.

    Raises `EngineError` when the server does not answer.
    """
    from docker.client import DockerClient

    with translated("docker", "connecting"):
        _knock(address)
        secured = environ.get("DOCKER_TLS_VERIFY") and address == environ.get("DOCKER_HOST")
        made = (
            DockerClient.from_env(environment=dict(environ), timeout=_CONNECT_SECONDS)
            if secured
            else DockerClient(address, version="auto", timeout=_CONNECT_SECONDS)
        )
    try:
        with translated("docker", "connecting"):
            made.ping()
    except EngineError:
        made.close()
        raise
    made.api.timeout = _CALL_SECONDS
    return made


def _knock(address: str) -> None:
    """Connect to a local socket once: the SDK would leave its own open when nobody answers."""
    if address.startswith("unix://"):
        with socket.socket(socket.AF_UNIX) as sock:
            sock.settimeout(_CONNECT_SECONDS)
            sock.connect(address.removeprefix("unix://"))


def is_lost(error: Exception) -> bool:
    """Whether an error of the SDK's tells of the connection, and not of what was asked for."""
    from docker.errors import APIError
    from requests.exceptions import RequestException
    from urllib3.exceptions import HTTPError

    if isinstance(error, APIError):
        return error.status_code in _PASSING
    # What breaks off in the midst of an answer is not always made an error of requests.
    return isinstance(error, (RequestException, HTTPError, ConnectionError))


@contextmanager
def translated(name: str, doing: str) -> Iterator[None]:
    """Turn the SDK's errors, and those of requests below it, into `EngineError`.

    Those that tell of the connection, or of a container that has vanished, become `EngineGone`.
    """
    from docker.errors import APIError, DockerException, ImageNotFound, NotFound
    from requests.exceptions import RequestException

    try:
        yield
    except ImageNotFound as error:
        raise EngineError(
            f"{name} has no such image ({doing})",
            context=str(error),
            hint="porter image list shows what is here; porter image bootstrap makes one",
        ) from error
    except APIError as error:
        kind = EngineGone if isinstance(error, NotFound) or is_lost(error) else EngineError
        raise kind(f"{name} failed {doing}", context=str(error)) from error
    except DockerException as error:
        raise EngineError(f"{name} failed {doing}", context=str(error)) from error
    except (RequestException, OSError) as error:
        raise EngineGone(f"{name} broke off {doing}", context=str(error)) from error
