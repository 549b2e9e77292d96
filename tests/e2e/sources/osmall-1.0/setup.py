from setuptools import Extension, setup

setup(
    name="osmall",
    version="1.0",
    packages=["osmall"],
    ext_modules=[
        Extension(
            "osmall._team",
            ["osmall/team.c"],
            extra_compile_args=["-fopenmp"],
            extra_link_args=["-fopenmp"],
        ),
        Extension(
            "osmall._sum",
            ["osmall/sum.cpp"],
            extra_compile_args=["-fopenmp"],
            libraries=["gomp"],
        ),
    ],
)
