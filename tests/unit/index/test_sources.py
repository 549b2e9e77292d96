from __future__ import annotations

import os
from pathlib import Path

import pypi_simple
import pytest

from porter.errors import UsageError
from porter.index import IndexSettings, discover
from porter.index.pipconfig import config_files as pip_files
from porter.index.uvconfig import config_files as uv_files

A, B, C = "https://a.example/simple", "https://b.example/simple", "https://c.example/simple"


def found(
    folder: Path, environ: dict[str, str] | None = None, *, pip: str = "", uv: str = ""
) -> IndexSettings:
    (folder / "pip.conf").write_text(pip)
    (folder / "uv.toml").write_text(uv)
    return discover(
        environ=environ or {}, pip_files=[folder / "pip.conf"], uv_files=[folder / "uv.toml"]
    )


def test_nothing_configured(tmp_path: Path) -> None:
    settings = found(tmp_path)
    assert settings == IndexSettings((("default", pypi_simple.PYPI_SIMPLE_ENDPOINT),))


def test_pip_file(tmp_path: Path) -> None:
    text = f"""
[global]
index-url = {A}
extra-index-url =
    {B}
    {C}/
find_links = {tmp_path}
[install]
index-url = {C}
"""
    settings = found(tmp_path, pip=text)
    # C is the default already, so it is not asked twice.
    assert settings.indexes == (("default", C + "/"), ("extra-1", B + "/"))
    assert settings.find_links == (str(tmp_path),)


def test_variables_stand_above_files_and_flags_above_both(tmp_path: Path) -> None:
    text = f"[global]\nindex-url = {A}\nextra-index-url = {A}"
    environ = {"PIP_INDEX_URL": B, "PIP_EXTRA_INDEX_URL": C}
    assert found(tmp_path, environ, pip=text).indexes == (
        ("default", B + "/"),
        ("extra-1", C + "/"),
    )
    settings = discover(
        environ=environ, index_url=A, extra=[B], find_links=["wheels"], pip_files=[], uv_files=[]
    )
    assert settings.indexes == (("default", A + "/"), ("extra-1", B + "/"), ("extra-2", C + "/"))
    assert settings.find_links == (str(Path("wheels").absolute()),)


def test_uv(tmp_path: Path) -> None:
    text = f"""
find-links = ["https://links.example/page"]
[[index]]
name = "own"
url = "{A}"
[[index]]
name = "pinned"
url = "{C}"
explicit = true
[[index]]
url = "{B}"
default = true
"""
    settings = found(tmp_path, uv=text)
    assert settings.indexes == (("default", B + "/"), ("own", A + "/"))
    assert settings.find_links == ("https://links.example/page",)
    settings = found(
        tmp_path, {"UV_DEFAULT_INDEX": C, "UV_INDEX": f"mine={B}", "UV_FIND_LINKS": "/a,/b"}
    )
    assert settings.indexes == (("default", C + "/"), ("mine", B + "/"))
    assert settings.find_links == ("/a", "/b")
    old = found(tmp_path, uv=f'index-url = "{A}"\nextra-index-url = ["{B}"]')
    assert old.indexes == (("default", A + "/"), ("extra-1", B + "/"))
    nested = found(tmp_path, {"UV_EXTRA_INDEX_URL": C}, uv=f'[pip]\nindex-url = "{A}"')
    assert nested.indexes == (("default", A + "/"), ("extra-1", C + "/"))


def test_pip_before_uv(tmp_path: Path) -> None:
    settings = found(tmp_path, {"UV_INDEX_URL": B}, pip=f"[global]\nindex-url={A}")
    assert settings.indexes == (("default", A + "/"),)


def test_no_index(tmp_path: Path) -> None:
    environ = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": "/wheels", "PIP_INDEX_URL": A}
    settings = found(tmp_path, environ)
    assert settings == IndexSettings((), ("/wheels",))


def test_folders_as_indexes(tmp_path: Path) -> None:
    settings = discover(environ={}, index_url=str(tmp_path), pip_files=[], uv_files=[])
    assert settings.indexes == (("default", tmp_path.as_uri() + "/"),)
    settings = discover(environ={}, index_url="file:///srv/simple", pip_files=[], uv_files=[])
    assert settings.indexes == (("default", "file:///srv/simple/"),)


@pytest.mark.parametrize(
    "url", ["simple", "ftp://x.example/", "https://", "https://x:y/", "https://u:p@[x/", "http:"]
)
def test_addresses_of_another_kind(url: str) -> None:
    with pytest.raises(UsageError, match="address") as failure:
        discover(environ={}, index_url=url, pip_files=[], uv_files=[])
    assert failure.value.hint


def test_no_message_shows_a_password(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as failure:
        discover(environ={}, index_url="ftp://me:s3cret@x/", pip_files=[], uv_files=[])
    assert "s3cret" not in str(failure.value)
    with pytest.raises(UsageError, match=r"pip\.conf") as failure:
        found(tmp_path, pip="https://me:s3cret@x/")
    assert "s3cret" not in str(failure.value)


@pytest.mark.parametrize(
    "text", ["index = 1", "[[index]]\nname='x'", "[[index]]\nurl=1", "find-links = ['a', 1]", "="]
)
def test_uv_files_that_cannot_be_understood(tmp_path: Path, text: str) -> None:
    with pytest.raises(UsageError, match=r"uv\.toml"):
        found(tmp_path, uv=text)


def test_where_pip_looks(tmp_path: Path) -> None:
    home = {"HOME": "/home/me", "VIRTUAL_ENV": "/venv", "XDG_CONFIG_DIRS": "/one:/two"}
    assert list(map(str, pip_files(home))) == [
        "/two/pip/pip.conf",
        "/one/pip/pip.conf",
        "/etc/pip.conf",
        "/home/me/.pip/pip.conf",
        "/home/me/.config/pip/pip.conf",
        "/venv/pip.conf",
    ]
    assert pip_files({**home, "PIP_CONFIG_FILE": os.devnull}) == []
    own = tmp_path / "own.conf"
    own.write_text("")
    paths = pip_files({**home, "PIP_CONFIG_FILE": str(own), "XDG_CONFIG_HOME": "/cfg"})
    assert paths[-1] == own
    assert not any("/home/me" in str(path) for path in paths)


def test_where_uv_looks(tmp_path: Path) -> None:
    environ = {"HOME": "/home/me", "XDG_CONFIG_DIRS": str(tmp_path)}
    assert uv_files(environ)[0] == Path("/home/me/.config/uv/uv.toml")
    (tmp_path / "uv").mkdir()
    (tmp_path / "uv" / "uv.toml").write_text("")
    assert uv_files(environ)[1:] == [tmp_path / "uv" / "uv.toml"]
    assert uv_files({**environ, "UV_CONFIG_FILE": "/x.toml"}) == [Path("/x.toml")]
    assert uv_files({**environ, "UV_NO_CONFIG": "1"}) == []
