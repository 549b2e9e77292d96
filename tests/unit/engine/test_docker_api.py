from __future__ import annotations

from typing import Any

import pytest
from docker.errors import APIError, DockerException, ImageNotFound, NotFound
from requests import Response
from requests.exceptions import ConnectionError as Lost
from requests.exceptions import ReadTimeout

from porter.engine.docker_api import translated
from porter.errors import EngineError, EngineGone


def api_error(status: int) -> APIError:
    response = Response()
    response.status_code = status
    return APIError("refused", response=response)


@pytest.mark.parametrize(
    "error",
    [
        Lost("connection aborted"),
        ReadTimeout("no answer"),
        BrokenPipeError(),
        NotFound("no such container"),
        api_error(502),
        api_error(503),
    ],
)
def test_a_lost_engine_is_one_that_may_come_back(error: Exception) -> None:
    with (
        pytest.raises(EngineGone, match="starting step x"),
        translated("docker", "starting step x"),
    ):
        raise error


@pytest.mark.parametrize(
    "error",
    [
        ImageNotFound("no such image"),
        api_error(400),
        api_error(500),
        DockerException("Error while fetching server API version"),
    ],
)
def test_other_trouble_stays(error: Any) -> None:
    with pytest.raises(EngineError) as caught, translated("docker", "starting step x"):
        raise error
    assert not isinstance(caught.value, EngineGone)
