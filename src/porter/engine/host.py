"""What a step sees of this machine when its root is ``host``.

Read-only and nothing else:

- the tools named in `TOOLS`, file by file, as ``/usr/bin/NAME`` (``/bin`` and ``/sbin`` lead
  there). No compiler, linker, ``pkg-config`` or ``*-config``: those would answer for this
  machine's architecture;
- the dynamic loader and the shared libraries: ``/lib*``, ``/usr/lib*`` and ``/etc/ld.so.cache``.
  Folders named ``pkgconfig`` or ``cmake`` in there are empty, as is ``/usr/lib/python3`` (the
  distribution's Python packages);
- data the tools need: perl's and awk's libraries, file's magic, autoconf's and bison's;
- the prefix of the interpreter the root was asked for, with empty ``site-packages``. Of an
  interpreter in ``/usr`` or ``/usr/local``: its program, library and headers alone;
- ``/etc/passwd`` and ``/etc/group`` that know root and the caller.

Not: ``/usr/include``, ``/usr/local``, ``/opt``, ``/home``, ``/root``, ``/var``, ``/run``, ``/sys``,
the rest of ``/etc``.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

from porter.engine.view import Bind, Empty, Entry, Folder, Link

UID = 1000
"""Who the step is, inside; outside, its files belong to the caller."""

PASSWD = f"root:x:0:0:root:/:/bin/sh\nporter:x:{UID}:{UID}:porter:/home/porter:/bin/sh\n"
GROUP = f"root:x:0:\nporter:x:{UID}:\n"

# The essential tools of a Debian system (coreutils, findutils, grep, sed, …), then what build
# scripts call beside a compiler.
TOOLS = (
    *("[", "arch", "awk", "base32", "base64", "basename", "bash", "cat", "chgrp", "chmod", "chown"),
    *("cksum", "cmp", "comm", "cp", "csplit", "cut", "dash", "date", "dd", "df", "diff", "diff3"),
    *("dir", "dircolors", "dirname", "du", "echo", "egrep", "env", "expand", "expr", "factor"),
    *("false", "fgrep", "find", "flock", "fmt", "fold", "gawk", "getconf", "getopt", "grep"),
    *("groups", "head", "hostid", "hostname", "id", "install", "join", "kill", "link", "ln"),
    *("logname", "ls", "mawk", "md5sum", "mkdir", "mkfifo", "mknod", "mktemp", "more", "mv"),
    *("nawk", "nice", "nl", "nohup", "nproc", "numfmt", "od", "paste", "pathchk", "pr"),
    *("printenv", "printf", "ps", "ptx", "pwd", "readlink", "realpath", "rm", "rmdir", "sdiff"),
    *("sed", "seq", "setsid", "sh", "sha1sum", "sha224sum", "sha256sum", "sha384sum"),
    *("sha512sum", "shred", "shuf", "sleep", "sort", "split", "stat", "stdbuf", "stty", "sum"),
    *("sync", "tac", "tail", "tee", "test", "time", "timeout", "touch", "tr", "true"),
    *("truncate", "tsort", "tty", "uname", "unexpand", "uniq", "unlink", "users", "vdir", "wc"),
    *("which", "who", "whoami", "xargs", "yes"),
    *("bison", "brotli", "bunzip2", "bzcat", "bzip2", "cpio", "file", "flex", "gmake", "gunzip"),
    *("gzip", "less", "m4", "make", "patch", "perl", "rev", "swig", "tar", "unxz", "unzip"),
    *("unzstd", "xxd", "xz", "xzcat", "yacc", "zcat", "zip", "zstd"),
    *("aclocal", "autoconf", "autoheader", "autom4te", "automake", "autoreconf", "autoscan"),
    *("autoupdate", "ifnames"),
)

_DATA = (
    "/usr/share/aclocal",
    "/usr/share/autoconf",
    "/usr/share/awk",
    "/usr/share/bison",
    "/usr/share/misc/magic.mgc",
    "/usr/share/perl",
    "/usr/share/perl5",
)
_LIBRARIES = ("/lib", "/lib32", "/lib64", "/libx32", "/usr/lib", "/usr/lib32", "/usr/lib64")
_HIDDEN = {"pkgconfig", "cmake"}
# Deeper down lie the private folders of single programs, where no build tool looks.
_DEPTH = 3


@cache
def host_tools() -> Mapping[str, Path]:
    """By name: those of `TOOLS` that this machine has, as the programs they lead to."""
    found = {tool: _first(Path(folder, tool) for folder in ("/usr/bin", "/bin")) for tool in TOOLS}
    return {tool: path.resolve() for tool, path in found.items() if path is not None}


def host_entries(python: str | None, stage: Path) -> tuple[Entry, ...]:
    """The view told above; `stage` is an existing folder for the two files made for it."""
    (stage / "passwd").write_text(PASSWD)
    (stage / "group").write_text(GROUP)
    return (
        *_system(),
        *(_interpreter(Path(python)) if python else ()),
        Bind(stage / "passwd", "/etc/passwd"),
        Bind(stage / "group", "/etc/group"),
    )


@cache
def _system() -> tuple[Entry, ...]:
    return tuple(_system_entries())


def _system_entries() -> Iterator[Entry]:
    yield Folder("/usr/bin")
    yield Link("/bin", "usr/bin")
    yield Link("/sbin", "usr/bin")
    yield Link("/usr/sbin", "bin")
    for tool, program in host_tools().items():
        yield Bind(program, f"/usr/bin/{tool}")
    for name in _LIBRARIES:
        yield from _library(Path(name))
    for name in (*_DATA, "/etc/ld.so.cache"):
        if Path(name).exists():
            yield Bind(Path(name).resolve(), name)


def _library(folder: Path) -> Iterator[Entry]:
    if folder.is_symlink():
        yield Link(str(folder), str(folder.readlink()))
    elif folder.is_dir():
        yield Bind(folder, str(folder))
        yield from (Empty(str(hidden)) for hidden in _hidden(folder, _DEPTH))


def _hidden(folder: Path, depth: int) -> Iterator[Path]:
    """Folders of build configuration, and the distribution's packages for its own Python."""
    with os.scandir(folder) as children:
        folders = sorted(c.name for c in children if c.is_dir(follow_symlinks=False))
    for name in folders:
        if name in _HIDDEN or folder / name == Path("/usr/lib/python3"):
            yield folder / name
        elif depth > 1 and os.access(folder / name, os.R_OK | os.X_OK):
            yield from _hidden(folder / name, depth - 1)


def _interpreter(python: Path) -> Iterator[Entry]:
    """The interpreter of which `python` (``PREFIX/bin/pythonX.Y``) is the real program."""
    prefix = python.parent.parent
    if prefix in (Path("/usr"), Path("/usr/local")):
        yield from _shared_prefix(prefix, python)
    else:
        yield Bind(prefix, str(prefix))
        yield from (Empty(str(hidden)) for hidden in _hidden(prefix, _DEPTH))
    for packages in sorted(prefix.glob(f"lib*/{python.name}/site-packages")):
        yield Empty(str(packages))


def _shared_prefix(prefix: Path, python: Path) -> Iterator[Entry]:
    """An interpreter among other programs: only what is its own."""
    yield Bind(python, str(python))
    patterns = [f"include/{python.name}*"]
    if prefix != Path("/usr"):  # whose libraries are shown already
        patterns += [f"lib*/{python.name}", f"lib*/lib{python.name}*.so*"]
    for pattern in patterns:
        yield from (Bind(found, str(found)) for found in sorted(prefix.glob(pattern)))


def _first(paths: Iterator[Path]) -> Path | None:
    return next((path for path in paths if path.is_file()), None)
