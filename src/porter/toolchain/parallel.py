"""Lets distutils and setuptools compile several files at once, in a porter sandbox.

Runs in Python 3.6 and newer, when a build first imports them (sitecustomize.py). Both compile one
file after another unless a package knows better. Here the files of an extension, and extensions
that share no source, go to threads; each thread waits for a compiler, and the compilers share the
machine's cores by themselves (cores.h). A build that replaces what would run in the threads keeps
its own order: it may count on it. numpy.distutils has its own way (NPY_NUM_BUILD_JOBS).
"""

import os
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

# Where distutils lives: Python's own, setuptools', and that under the name of Python's own.
_HOMES = ("distutils", "setuptools._distutils")
_COMPILERS = ("ccompiler", "compilers.C.base")
_UNIX = ("unixccompiler", "compilers.C.unix")
_COMMAND = "command.build_ext"


def _names(*modules: str) -> "set[str]":
    return {f"{home}.{module}" for home in _HOMES for module in modules}


_OWN_COMPILE = _names(*_UNIX)
_OWN_BUILD = {*_names(_COMMAND), "setuptools.command.build_ext"}


def _compile_at_once(compiler: Any, jobs: int) -> None:
    """Let a compiler class start as many compilations as there are jobs."""
    one_by_one = compiler.compile

    def compile(  # noqa: A001, PLR0913, PLR0917 - distutils' own signature
        self: Any,
        sources: Any,
        output_dir: Any = None,
        macros: Any = None,
        include_dirs: Any = None,
        debug: Any = 0,
        extra_preargs: Any = None,
        extra_postargs: Any = None,
        depends: Any = None,
    ) -> Any:
        given = (output_dir, macros, include_dirs, debug, extra_preargs, extra_postargs, depends)
        if not _is_plain(self) or len(sources) < 2:
            return one_by_one(self, sources, *given)
        _, objects, extra_postargs, pp_opts, build = self._setup_compile(
            output_dir, macros, include_dirs, sources, depends, extra_postargs
        )
        cc_args = self._get_cc_args(pp_opts, debug, extra_preargs)
        shared = (cc_args, extra_postargs, pp_opts)
        with ThreadPoolExecutor(jobs) as pool:
            under_way = [
                pool.submit(partial(self._compile, made, *build[made], *shared))
                for made in objects
                if made in build
            ]
            try:
                for each in under_way:
                    each.result()
            except BaseException:
                for each in under_way:
                    each.cancel()
                raise
        return objects

    compiler.compile = compile


def _is_plain(compiler: Any) -> bool:
    """Whether one file is compiled as distutils does it, by nobody's replacement."""
    own = type(compiler)._compile.__module__ in _OWN_COMPILE  # noqa: SLF001 - distutils' own name for it
    return own and not {"_compile", "spawn"} & set(vars(compiler))


def _build_at_once(command: Any, jobs: int) -> None:
    """Let ``build_ext`` build several extensions at once, as ``--parallel`` does."""
    one_by_one = command.build_extensions

    def build_extensions(self: Any) -> Any:
        if not self.parallel and _are_independent(self):
            self.parallel = jobs
        return one_by_one(self)

    command.build_extensions = build_extensions


def _are_independent(command: Any) -> bool:
    """Whether no extension needs another, or writes what another writes."""
    own = type(command).build_extension.__module__ in _OWN_BUILD
    if not own or "build_extension" in vars(command):
        return False
    # Two that are made from one source would write one object file; a shared library (a class of
    # setuptools) is linked by the extensions after it.
    stems = [Path(source).with_suffix("") for e in command.extensions for source in e.sources]
    linked = any(getattr(e, "_links_to_dynamic", False) for e in command.extensions)
    return len(set(stems)) == len(stems) and not linked and not command.libraries


_CHANGES = (
    (_names(*_COMPILERS), ("CCompiler", "Compiler"), _compile_at_once),
    (_names(_COMMAND), ("build_ext",), _build_at_once),
)


def change(module: Any) -> None:
    """Change what a module of distutils defines itself, where more than one job may run."""
    jobs = int(os.environ["PORTER_JOBS"])
    for modules, classes, changes in _CHANGES:
        for found in (getattr(module, name, None) for name in classes):
            own = getattr(found, "__module__", None) == module.__name__
            if own and module.__name__ in modules:
                changes(found, jobs)
