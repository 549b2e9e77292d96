import time

import pytest

from porter.resolve.imported import imported, lacking

NUMPY = {"numpy"}


@pytest.mark.parametrize(
    ("setup", "modules"),
    [
        ("import numpy as np\n", NUMPY),
        ("from numpy.distutils.core import setup\n", NUMPY),
        ("import os\r\nimport numpy\r\n", NUMPY),
        ("from Cython.Build import cythonize\nimport numpy", {"Cython", "numpy"}),
        ("import numpy_like\nfrom .numpy import x\nimport os, sys\n# import numpy\n", set()),
        ("if use_cython:\n    from Cython.Build import cythonize\n", set()),
        ("try:\n    import numpy\nexcept ImportError:\n    numpy = None\n", set()),
        ("try:\n    import numpy\nexcept ImportError:\n    raise\n", NUMPY),
        (
            "try:\n    # one\n\n    import numpy\nexcept E as e:\n  print(e)\n  exit(1)\n",
            NUMPY,
        ),
        ("try:\n    import x\nexcept E:\n    pass\nraise SystemExit\n", set()),
        # pybind11's own example of its day, which installs it by pip.
        ("class Include:\n    def __init__(self):\n        import pybind11\n", {"pybind11"}),
        ("if 'sdist' not in argv:\n  print()\n  import numpy\n", NUMPY),
        ("try:\n    import numpy\nexcept A:\n    pass\nexcept B:\n    raise\n", NUMPY),
        ("try:\n  try:\n    import numpy\n  except A:\n    x()\nexcept B:\n  raise\n", set()),
        ("try:\n    import x\nexcept A:\n    pass\nelse:\n    import numpy\n", NUMPY),
        ("  include = pkg_resources.resource_filename('numpy', 'core/include')\n", NUMPY),
        ("import sys, numpy\n", NUMPY),
        ("import numpy.distutils.core as core , Cython\n", {"Cython", "numpy"}),
        ("import os; import numpy as np\n", NUMPY),
        ("from x import setup; from Cython.Build import cythonize\n", {"Cython"}),
        ("import os  # ; import numpy, Cython\n", set()),
        ("from os import numpy, Cython\n", set()),
        ("try:\n    import a, numpy; import Cython\nexcept E:\n    raise\n", {"Cython", "numpy"}),
        ("from packaging.version import parse\n", {"packaging"}),
        ("from setuptools_rust import RustExtension\n", {"setuptools_rust"}),
        ("", set()),
    ],
)
def test_what_it_cannot_do_without(setup: str, modules: set[str]) -> None:
    assert imported(setup.encode()) == modules


def test_what_its_requirements_lack_by_the_name_the_index_has() -> None:
    modules = {"numpy", "Cython", "skbuild", "setuptools_scm"}
    stated = ["setuptools", "cython <3", "Setuptools.SCM", "??"]
    assert lacking(modules, stated) == ("numpy", "scikit-build")


@pytest.mark.parametrize(
    "unit",
    [b"try:\n import x\n", b"import a,", b"import a;", b"try:\n  \t \n", b" \n", b"try:\nexcept:"],
)
def test_the_time_is_linear_in_the_text(unit: bytes) -> None:
    begun = time.perf_counter()
    imported(unit * 50_000)
    assert time.perf_counter() - begun < 2
