from numpy.distutils.core import Extension, setup

setup(
    name="fsmall",
    version="1.0",
    install_requires=["numpy<1.24"],
    packages=["fsmall"],
    ext_modules=[
        Extension("fsmall._core", ["fsmall/core.pyf", "fsmall/core.f", "fsmall/more.f90"])
    ],
)
