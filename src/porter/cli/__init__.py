"""The command line: parses, calls `porter.app`, renders. The only code that prints or exits."""


def main() -> None:
    """Run the command line."""
