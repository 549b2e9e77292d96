"""porter ports a Python package, and everything it needs, to another CPU architecture."""

__version__ = "0.1.0"
