from __future__ import annotations

import pytest
from packaging.utils import NormalizedName
from packaging.version import Version

from porter.index.filenames import parse_filename


@pytest.mark.parametrize(
    ("filename", "project", "version"),
    [
        ("numpy-1.18.5.zip", "numpy", "1.18.5"),
        ("zope.interface-5.1.0.tar.gz", "zope-interface", "5.1.0"),
        ("backports-abc-0.5.tar.gz", "backports-abc", "0.5"),
        ("python-dateutil-2.8.1.tar.gz", "python-dateutil", "2.8.1"),
        ("foo-1.0-2.tar.gz", "foo", "1.0.post2"),
        ("foo-bar-1.0.tar.bz2", "foo-bar", "1.0"),
        ("foo_bar-1.0.dev1.tgz", "foo-bar", "1.0.dev1"),
        ("Foo-1.0_1-py3-none-any.whl", "foo", "1.0.post1"),
        ("torch-2.13.0+cpu-cp311-cp311-manylinux_2_28_x86_64.whl", "torch", "2.13.0+cpu"),
    ],
)
def test_understands(filename: str, project: str, version: str) -> None:
    parsed = parse_filename(filename, NormalizedName(project))
    assert parsed is not None
    assert parsed.version == Version(version)


@pytest.mark.parametrize(
    "filename",
    [
        "foo-1.0.exe",
        "foo-1.0-py2.7.egg",
        "foo-1.0.win32-py2.4.msi",
        "foo-1.0-1.noarch.rpm",
        "foo-bar-1.0.tar.gz",  # foo, version "bar-1.0"
        "bar-1.0.tar.gz",
        "foo.tar.gz",
        "foo-1.0-none-any.whl",
        "foo-1.0-x-py3-none-any.whl",
        "foo-latest-py3-none-any.whl",
        "foo-1.0-py36+-none-any.whl",
        "../foo-1.0.tar.gz",
        "foo-1.0/../x-1.0.tar.gz",
        "foo-..tar.gz",
        "foo\\-1.0.tar.gz",
        "foo-1.0\n.tar.gz",
        "foo-1.0\x00.tar.gz",
        ".foo-1.0.tar.gz",
        "foo-" + "1" * 300 + ".tar.gz",
        "",
    ],
)
def test_leaves_out(filename: str) -> None:
    assert parse_filename(filename, NormalizedName("foo")) is None
