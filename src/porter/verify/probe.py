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
from dis import opmap
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
            "exited": exited(error),
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
        error = cause(error) if isinstance(error, ImportError) else None
        if error is None:
            return
        yield error


def cause(error: BaseException) -> "BaseException | None":
    """What it was raised from; or what a module was handling when it raised it by itself.

    An import that fails in a handler has what is handled there as its context, too, but not for a
    reason: so the traceback has to end with a ``raise``, in the very frame that caught it.
    """
    context, raised = error.__context__, error.__traceback__
    if error.__suppress_context__ or context is None or raised is None:
        return error.__cause__
    while raised.tb_next is not None:
        raised = raised.tb_next
    caught = context.__traceback__
    if caught is None or caught.tb_frame is not raised.tb_frame:
        return None
    by_itself = raised.tb_frame.f_code.co_code[raised.tb_lasti] == opmap["RAISE_VARARGS"]
    return context if by_itself else None


def exited(error: BaseException) -> bool:
    """Whether it is a script that came to its end and says that all went well."""
    return isinstance(error, SystemExit) and not error.code and error.__context__ is None


if __name__ == "__main__":
    faulthandler.enable()
    main(*sys.argv[1:3])
