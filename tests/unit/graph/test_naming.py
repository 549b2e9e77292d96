import re

import pytest

from porter.graph import default_name
from porter.model import Platform


@pytest.mark.parametrize(
    ("asked", "name"),
    [
        (["numpy==1.18.5"], "numpy-1.18.5.json"),
        (["numpy"], "numpy.json"),
        (["wrapt==1.12.1", "markupsafe==1.1.1"], "wrapt-1.12.1+markupsafe-1.1.1.json"),
        (["h5py<4"], "h5py-lt4.json"),
        (["numpy >= 1.20, < 2"], "numpy-ge1.20-lt2.json"),
        (["a[x,y]==1; os_name == 'posix'"], "a-x-y-1.json"),
        (["../../etc"], "etc.json"),
        (["six @ https://x.example/d/six-1.16.0.zip"], "six-at-six-1.16.0.zip.json"),
        (["a[x] @ git+https://x.example/o/a.git@v1#egg=a"], "a-x-at-a.git-v1.json"),
    ],
)
def test_names(asked: list[str], name: str) -> None:
    assert default_name(asked) == name


def test_a_long_name_ends_in_a_hash() -> None:
    asked = [f"package-{n}==1.{n}" for n in range(20)]
    name = default_name(asked)
    assert len(name) <= 85
    assert re.fullmatch(r"package-0-1\.0\+.*-[0-9a-f]{8}\.json", name)
    assert default_name(asked[:-1]) != name


def test_nothing_is_left_of_it() -> None:
    assert re.fullmatch(r"plan-[0-9a-f]{8}\.json", default_name([";"]))


@pytest.mark.parametrize(
    ("arch", "policy", "name"),
    [
        ("aarch64", "manylinux2014", "numpy-1.18.5.json"),
        ("s390x", "manylinux2014", "numpy-1.18.5-s390x.json"),
        ("aarch64", "manylinux_2_28", "numpy-1.18.5-manylinux_2_28_aarch64.json"),
    ],
)
def test_plans_for_two_platforms_have_two_files(arch: str, policy: str, name: str) -> None:
    assert default_name(["numpy==1.18.5"], Platform.parse(arch, policy)) == name
