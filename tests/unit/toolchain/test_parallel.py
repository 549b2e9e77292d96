from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from porter.toolchain import pose

# Compiles once MEET holds as many as WANT are to be under way; alone, where another one is not.
COMPILER = """\
#!/bin/sh
for word; do [ "$before" = -o ] && out=$word; before=$word; done
case " $* " in *" -shared "*) echo "$*" >> links; : > "$out"; exit;; esac
if [ -n "$ALONE" ]; then
    mkdir alone || exit 3
    sleep 0.05
    rmdir alone
fi
touch "meet.$$"
tries=0
until [ "$(ls meet.* | wc -l)" -ge "$WANT" ]; do
    tries=$((tries + 1))
    [ $tries -gt 200 ] && exit 4
    sleep 0.02
done
[ "$(basename "$out")" = bad.o ] && exit 5
: > "$out"
"""
SETUP = """\
from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext
EXTRA
setup(name="demo", version="1", cmdclass={"build_ext": build_ext}, ext_modules=[MODULES])
"""
OWN_COMPILE = """
class build_ext(build_ext):
    def build_extension(self, ext):
        plain = self.compiler._compile
        self.compiler._compile = lambda *given: plain(*given)
        super().build_extension(ext)
"""
OWN_BUILD = """
class build_ext(build_ext):
    def build_extension(self, ext):
        super().build_extension(ext)
"""
SEVERAL = 'Extension("a", ["one.c", "two.c", "three.c"])'
TWO = 'Extension("a", ["one.c"]), Extension("b", ["two.c"])'
SHARED = 'Extension("a", ["one.c"]), Extension("b", ["one.c"], define_macros=[("B", "1")])'


def build(folder: Path, modules: str, *, extra: str = "", jobs: int = 3, **env: str) -> int:
    """Build extensions with the pose's modules and a made-up compiler; the exit status."""
    started = folder / "started"
    started.mkdir()
    for name, text in pose.started().items():
        (started / name).write_text(text)
    (folder / "cc").write_text(COMPILER)
    (folder / "cc").chmod(0o755)
    setup = SETUP.replace("EXTRA", extra).replace("MODULES", modules)
    (folder / "setup.py").write_text(setup)
    told = {
        "PATH": os.defpath,
        "PYTHONPATH": str(started),
        "PORTER_JOBS": str(jobs),
        "CC": f"{folder}/cc",
        "LDSHARED": f"{folder}/cc -shared",
    }
    command = (sys.executable, "setup.py", "-q", "build_ext")
    return subprocess.run(command, cwd=folder, env={**told, **env}, check=False).returncode


@pytest.mark.parametrize(("modules", "want"), [(SEVERAL, "3"), (TWO, "2")])
def test_files_and_extensions_are_compiled_at_once(tmp_path: Path, modules: str, want: str) -> None:
    assert build(tmp_path, modules, WANT=want) == 0


def test_objects_are_linked_in_the_order_of_their_sources(tmp_path: Path) -> None:
    assert build(tmp_path, SEVERAL, WANT="3") == 0
    (link,) = (tmp_path / "links").read_text().splitlines()
    objects = [Path(word).stem for word in link.split() if word.endswith(".o")]
    assert objects == ["one", "three", "two"]  # distutils sorts them


@pytest.mark.parametrize(
    ("modules", "extra"),
    [(SHARED, ""), (TWO, OWN_BUILD), (SEVERAL, OWN_COMPILE)],
    ids=["one source", "a build of its own", "a compiler of its own"],
)
def test_what_may_count_on_its_order_keeps_it(tmp_path: Path, modules: str, extra: str) -> None:
    assert build(tmp_path, modules, extra=extra, ALONE="1", WANT="1") == 0


def test_one_job_is_one_at_a_time(tmp_path: Path) -> None:
    assert build(tmp_path, SEVERAL, jobs=1, ALONE="1", WANT="1") == 0


def test_a_file_that_fails_fails_the_build(tmp_path: Path) -> None:
    modules = 'Extension("a", ["one.c", "bad.c"])'
    assert build(tmp_path, modules, WANT="2") == 1
    assert not (tmp_path / "links").exists()
