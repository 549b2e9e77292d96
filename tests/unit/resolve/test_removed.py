import time

import pytest

from porter.resolve.removed import setuptools_with_all


@pytest.mark.parametrize(
    ("setup", "requirement"),
    [
        ("from setuptools import setup, Extension, Feature\n", "setuptools<46"),
        ("from setuptools import (\n    setup,\n    Feature,\n)\n", "setuptools<46"),
        ("import setuptools\nx = setuptools.Feature('x', use_2to3=True)\n", "setuptools<46"),
        ("from setuptools import setup\nsetup(use_2to3=True)\n", "setuptools<58"),
        ("extra['use_2to3'] = True\n", "setuptools<58"),
        ("if py3:\n    extra = {'use_2to3': True}\n", "setuptools<58"),
        ("from setuptools import setup\n\nclass Feature:\n    pass\n", None),
        ("# setuptools.Feature is gone; use_2to3 = True\nsetup(use_2to3=False)\n", None),
        ("", None),
    ],
)
def test_what_is_gone_is_brought_back(setup: str, requirement: str | None) -> None:
    assert setuptools_with_all(setup.encode()) == requirement


@pytest.mark.parametrize("unit", [b"from setuptools import (", b"a use_2to3 ", b"setuptools."])
def test_the_time_is_linear_in_the_text(unit: bytes) -> None:
    begun = time.perf_counter()
    setuptools_with_all(unit * 20_000)
    setuptools_with_all((unit + b"\n") * 20_000)
    assert time.perf_counter() - begun < 2
