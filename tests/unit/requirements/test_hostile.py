"""Whatever a requirement is: nothing but porter's own errors comes of it."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from porter.errors import UsageError
from porter.index.reference import parse_reference, strip_credentials
from porter.requirements import LineError, named, read_files
from porter.requirements.lines import logical_lines
from porter.requirements.options import read_line

MANY = "1" * 5000
WORDS = (
    "a", "1.0", ">=", "==", "~=", " ", ";", "[", "]", "(", ")", ",", "@", "/", ":", ".", "*", "#",
    "~", "-", "--", "'", '"', "\\", "\0", "\ud800", "%00", "file://", "https://", "git+ssh://",
    "egg=", "python_version", "extra", " and ", "--hash=", "-r ", "-e ", "--no-binary=", "sha256:",
    ".whl", ".tar.gz", ".txt", "a-1.0", "py3-none-any", "\N{SUPERSCRIPT TWO}", "${A}",
)  # fmt: skip
LINES = st.text() | st.lists(st.sampled_from(WORDS)).map("".join)


@given(LINES)
@example(f"a=={MANY}")
@example(f"a ; python_version > '{MANY}'")
@example(f"a ; {'(' * 3000}os_name == 'x'{')' * 3000}")
@example(f"./{'a' * 300}.txt")
@example(f"./a-{MANY}.tar.gz")
@example(f"https://h/a-{MANY}.tar.gz")
@example("~nobody/a-1.0.zip")
@example("a @ https://[::1")
@example("a @ https://u:p@h:port/a-1.0.zip")
@example("https://[::1/a-1.0.zip")
@example("./a\0.zip")
def test_any_requirement(text: str) -> None:
    try:
        url = strip_credentials(named(text))[0].partition("@")[2]
        parse_reference(url.partition(";")[0].strip())
    except (LineError, UsageError):
        return


@given(LINES)
def test_any_line(text: str) -> None:
    for _, line in logical_lines(text, {"A": text}):
        try:
            read_line(line)
        except LineError:
            continue


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("files") / "a.txt"


@given(st.binary() | LINES.map(lambda text: text.encode(errors="surrogatepass")))
@example(b"# coding: idna\n\xff.")
@example(b"# coding: undefined\na")
@example(b"# coding: hex\na")
@example(b"-r a\0b")
@example(b"-r " + b"a" * 300)
@example(b"-r .")
@example(b"-f a\0b")
@example(b"-f " + b"a" * 300)
def test_any_file(file: Path, data: bytes) -> None:
    file.write_bytes(data)
    try:
        read_files([file], [], environ={})
    except UsageError:
        return
