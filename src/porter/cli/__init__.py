"""The command line: parses, calls `porter.app`, renders. The only code that prints or exits."""

from porter.cli.main import main

__all__ = ["main"]
