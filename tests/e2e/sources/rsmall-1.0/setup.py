from setuptools import setup
from setuptools_rust import Binding, RustExtension

setup(
    name="rsmall",
    version="1.0",
    packages=["rsmall"],
    zip_safe=False,
    rust_extensions=[
        RustExtension(
            "rsmall._native", "Cargo.toml", binding=Binding.NoBinding, py_limited_api=True
        )
    ],
    options={"bdist_wheel": {"py_limited_api": "cp39"}},
)
