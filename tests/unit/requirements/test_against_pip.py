"""The same files read by pip's own parser: an oracle, not a dependency."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pip._internal.network.session import PipSession
from pip._internal.req.req_file import parse_requirements

from porter.requirements import read_files

HASH = "a" * 64
FILES = [
    "numpy==1.18.5\n",
    "numpy==1.18.5 # comment\n#six\n  # six\nsix\n",
    "numpy \\\n ==1.18.5\\\n\nsix\n",
    "numpy \\\n # comment \\\nsix\n",
    "six \\",
    'six ; python_version < "3" and sys_platform == "linux" # x\n',
    f"six==1 --hash=sha256:{HASH} \\\n    --hash=sha512:{HASH}{HASH}\n",
    f"six==1; python_version>'3' \\\n --hash sha256:{HASH}\n",
    "-r other.txt\n--constraint other.txt\nsix\n",
    "--requirement=other.txt\n-cother.txt\n",
    "six==${PORTER_TEST_VERSION}\nwrapt==${PORTER_TEST_UNSET}1\n".replace(
        "${PORTER_TEST_UNSET}", ""
    ),
    "\n\n   \nsix[a,b] >= 1 , < 2\n",
    "six\r\nwrapt \\\r\n>1\r\n",
    "six\x0cwrapt\n",
    "\tsix\n",
    "--pre\n--no-binary six --only-binary wrapt\n-i https://index.example/simple\nsix\n",
]


def ours(path: Path) -> list[tuple[str, int, bool, frozenset[str]]]:
    found = read_files([path], [], environ={"PORTER_TEST_VERSION": "1.16"})
    stated = [(s, False) for s in found.requirements] + [(s, True) for s in found.constraints]
    return sorted(
        (s.text, int(s.where.rpartition(":")[2]), constraint, s.hashes) for s, constraint in stated
    )


def pips(path: Path) -> list[tuple[str, int, bool, frozenset[str]]]:
    parsed = parse_requirements(str(path), session=PipSession())
    return sorted(
        (
            p.requirement.rstrip(),
            int(p.comes_from.rpartition(" ")[2].rstrip(")")),
            p.constraint,
            frozenset((p.options or {}).get("hashes", {}).get("sha256", ())),
        )
        for p in parsed
    )


@pytest.mark.parametrize("text", FILES)
def test_files_mean_what_they_mean_to_pip(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    monkeypatch.setenv("PORTER_TEST_VERSION", "1.16")
    (tmp_path / "other.txt").write_text("wrapt<2\n")
    path = tmp_path / "main.txt"
    path.write_bytes(text.encode())
    assert ours(path) == pips(path)


LINES = st.lists(
    st.sampled_from(
        ["six", "six==1", " six", "six ", "#", " # six", "six #x", "six\\", "\\", "", " "]
    ),
    max_size=8,
)


@given(LINES)
@settings(deadline=None, max_examples=150)
def test_any_mixture_of_comments_and_continuations(
    tmp_path_factory: pytest.TempPathFactory, lines: list[str]
) -> None:
    path = tmp_path_factory.getbasetemp() / "mixture.txt"
    path.write_text("\n".join(lines))
    theirs = pips(path)
    if all(text in {"six", "six==1"} for text, *_ in theirs):
        assert ours(path) == theirs
