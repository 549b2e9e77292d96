from pathlib import Path

import pytest

from porter.errors import UsageError
from porter.requirements import RequirementFiles, read_files

A, B = "a" * 64, "b" * 64


def write(folder: Path, **files: str | bytes) -> Path:
    for name, content in files.items():
        path = folder / f"{name}.txt"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder / "main.txt"


def read(folder: Path, main: str | bytes, **others: str | bytes) -> RequirementFiles:
    return read_files([write(folder, main=main, **others)], [], environ={"HOST": "x.example"})


def texts(found: RequirementFiles) -> list[str]:
    return [stated.text for stated in found.requirements]


def test_comments_continuations_and_markers(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        "# a comment\n\nnumpy == 1.18.5  # pinned\nh5py \\\n  >=2 \\\n  # ends it\n"
        'six; python_version < "3.9"\nmy#name\\\n>1\n'.replace("my#name\\\n>1\n", "last\\"),
    )
    assert texts(found) == ["numpy == 1.18.5", "h5py   >=2", 'six; python_version < "3.9"', "last"]
    assert [s.where.rpartition(":")[2] for s in found.requirements] == ["3", "4", "7", "8"]


def test_files_include_others_beside_them(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "base.txt").write_text("six\n-r more.txt\n-c limits.txt\n")
    (tmp_path / "sub" / "more.txt").write_text("wrapt\n")
    (tmp_path / "sub" / "limits.txt").write_text("six<2\n")
    found = read(tmp_path, "numpy\n-r sub/base.txt\n--requirement=sub/more.txt\n")
    assert texts(found) == ["numpy", "six", "wrapt", "wrapt"]
    assert [stated.text for stated in found.constraints] == ["six<2"]


def test_a_constraint_file_only_limits(tmp_path: Path) -> None:
    main = write(tmp_path, main="numpy<1.19\n-r base.txt\n", base="six\n")
    found = read_files([], [main], environ={})
    assert [stated.text for stated in found.constraints] == ["numpy<1.19"]
    assert texts(found) == ["six"]


def test_hashes_belong_to_their_requirement(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        f"numpy==1 \\\n  --hash=sha256:{A} \\\n"
        f"  --hash sha256:{B.upper()} --hash=sha512:{A}{A}\nsix\n",
    )
    numpy, six = found.requirements
    assert numpy.hashes == {A, B}
    assert not six.hashes


def test_options_of_the_whole_call(tmp_path: Path) -> None:
    (tmp_path / "links").mkdir()
    found = read(
        tmp_path,
        "-i https://${HOST}/simple --extra-index-url=https://${UNSET}/\n"
        "-f links\n--find-links=elsewhere\n--pre\n--no-index\n--trusted-host y.example\n",
    )
    assert found.index_url == "https://x.example/simple"
    assert found.extra_index_urls == ["https://${UNSET}/"]
    assert found.find_links == [str(tmp_path / "links"), "elsewhere"]
    assert found.prereleases
    assert found.no_index
    assert found.unheeded == [f"{tmp_path}/main.txt:6: --trusted-host"]


@pytest.mark.parametrize(
    ("lines", "from_source", "wheels_only"),
    [
        ("--no-binary NumPy,six", {"numpy", "six"}, set()),
        ("--no-binary numpy\n--only-binary numpy", set(), {"numpy"}),
        ("--no-binary numpy\n--only-binary :all:", set(), {":all:"}),
        ("--only-binary :all:\n--no-binary numpy", {"numpy"}, {":all:"}),
        ("--no-binary :all:\n--no-binary :none:", set(), set()),
    ],
)
def test_what_is_said_last_of_a_binary_holds(
    tmp_path: Path, lines: str, from_source: set[str], wheels_only: set[str]
) -> None:
    found = read(tmp_path, lines)
    assert (found.from_source, found.wheels_only) == (from_source, wheels_only)


@pytest.mark.parametrize(
    "content",
    [
        "\ufeffnumpy # é\n".encode(),
        "numpy # é\n".encode("utf-16"),
        "\ufeffnumpy # é\n".encode("utf-16-be"),
        "\ufeffnumpy # é\n".encode("utf-32-le"),
        "# -*- coding: latin-1 -*-\nnumpy # é\n".encode("latin-1"),
    ],
)
def test_encodings(tmp_path: Path, content: bytes) -> None:
    assert texts(read(tmp_path, content)) == ["numpy"]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("-e .", "editable requirement '.'"),
        ("-e git+https://me:secret@x.example/a.git", "editable requirement"),
        ("git+https://me:secret@x.example/a.git", "nothing tells the name of the project"),
        ("./a", "nothing tells the name of the project"),
        ("dist/a.whl", "is no wheel"),
        ("a >=> 1", "malformed requirement 'a >=> 1'"),
        ("--frobnicate", "unrecognized arguments: --frobnicate"),
        ("--index-url", "expected one argument"),
        ("a --index-url https://x.example", "--index-url needs a line of its own"),
        ("--hash=sha256:" + A, "--hash belongs to a requirement"),
        ("a --hash=sha256:12", "malformed hash 'sha256:12'"),
        ("a --hash=md5:" + A, "malformed hash"),
        ("a --hash=sha384:" + A + A[:32], "no sha256 among its hashes"),
        ("a --global-option=x", "--global-option is not heeded here"),
        ("-f 'x", "options that cannot be split"),
        ("-r https://x.example/a.txt", "a file at a URL is not read"),
        ("-r gone.txt", "gone.txt cannot be read: No such file or directory (included by"),
        ("-r main.txt", "includes itself"),
    ],
)
def test_errors_give_file_and_line(tmp_path: Path, line: str, words: str) -> None:
    with pytest.raises(UsageError) as caught:
        read(tmp_path, f"six\n{line}\n")
    assert words in caught.value.message
    assert "secret" not in f"{caught.value.message} {caught.value.hint}"
    if "gone" not in line:
        assert caught.value.message.startswith(f"{tmp_path}/main.txt:2: ")


def test_addresses_and_paths(tmp_path: Path) -> None:
    found = read(
        tmp_path, f"a @ https://x.example/a-1.zip#sha256={A}\n/d/b-1.zip --hash=sha256:{B}\n"
    )
    assert texts(found) == [f"a @ https://x.example/a-1.zip#sha256={A}", "b @ file:///d/b-1.zip"]
    assert found.requirements[1].hashes == {B}


def test_a_circle_over_two_files(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"other\.txt:1: main\.txt includes itself"):
        read(tmp_path, "-r other.txt\n", other="-c main.txt\n")


def test_a_constraint_has_no_extras(tmp_path: Path) -> None:
    main = write(tmp_path, main="six[x]<2\n")
    with pytest.raises(UsageError, match=r"main\.txt:1: constraint .* has extras"):
        read_files([], [main], environ={})


def test_required_hashes_are_asked_of_every_line(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"main\.txt:3: six has no --hash"):
        read(tmp_path, f"--require-hashes\na --hash=sha256:{A}\nsix\n")


def test_a_file_that_is_no_text(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read as text") as caught:
        read(tmp_path, b"\xff\xfe\x00\x00a")
    assert caught.value.hint is not None
    with pytest.raises(UsageError, match="unknown encoding"):
        read(tmp_path, b"# coding: klingon\n")
