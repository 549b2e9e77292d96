"""Import the modules named in a request, and write what happened; runs on the target.

Python 3.6 or newer, standard library only, and nothing of porter: this file is copied next to its
request. Every line of the result is a JSON object, written before the next import begins, so that
a crash leaves behind which module it was.
"""

import faulthandler
import json
import platform
import sys
import time
import traceback
from importlib import import_module
from pathlib import Path
from typing import Any, Iterator  # noqa: UP035 - collections.abc's is no type in Python 3.6

TRACEBACK_LINES = 12
MOST_CAUSES = 5


def main(request_path: str, result_path: str) -> None:
    """Work off a request: ``{"modules": [...]}``."""
    modules = json.loads(Path(request_path).read_text("utf-8"))["modules"]
    with Path(result_path).open("w", encoding="ascii") as result:

        def write(**values: object) -> None:
            result.write(json.dumps(values) + "\n")
            result.flush()

        write(machine=platform.machine(), python=list(sys.version_info[:2]))
        for module in modules:
            write(begin=module)
            write(end=module, **attempt(module))
        write(finished=True)


def attempt(module: str) -> "dict[str, Any]":
    """Import one module; the values that tell how it went."""
    started = time.perf_counter()
    try:
        import_module(module)
    except BaseException as error:  # noqa: BLE001 - SystemExit, too, is a way to fail
        lines = traceback.format_exc().splitlines()[-TRACEBACK_LINES:]
        reasons = [error, *causes(error)]
        missing = [reason.name for reason in reasons if isinstance(reason, ModuleNotFoundError)]
        return {
            "error": ", from ".join(f"{type(e).__name__}: {e}" for e in reasons)[:2000],
            "missing": missing[0] if missing else None,
            "through": through(reasons),
            "traceback": "\n".join(lines)[:10000],
        }
    return {"seconds": time.perf_counter() - started}


def through(errors: "list[BaseException]") -> "list[str]":
    """The modules whose own code was being run when they were raised, the outermost first."""
    frames = (frame for error in errors for frame, _ in traceback.walk_tb(error.__traceback__))
    names = (frame.f_globals.get("__name__") for frame in frames)
    return list(dict.fromkeys(name for name in names if isinstance(name, str)))


def causes(error: "BaseException | None") -> "Iterator[BaseException]":
    """Why an import failed, where the module itself says only that it did, as pybind11's do."""
    for _ in range(MOST_CAUSES):
        error = error.__cause__ if isinstance(error, ImportError) else None
        if error is None:
            return
        yield error


if __name__ == "__main__":
    faulthandler.enable()
    main(*sys.argv[1:3])
