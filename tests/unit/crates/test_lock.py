from __future__ import annotations

import pytest

from fakes.crates import CRATES_IO, FakeCrate, lock
from porter.crates.lock import Crate, read_lock
from porter.errors import StepFailed

SUM = "0" * 64
PACKAGE = FakeCrate("demo", "1.0.0", {}, ("ones",))
ONES = FakeCrate("ones", "1.0.3+plain", {"src/lib.rs": ""})


def entry(**fields: str) -> bytes:
    told = {"name": "ones", "version": "1.0.3", "source": CRATES_IO, "checksum": SUM, **fields}
    return ("[[package]]\n" + "".join(f'{k} = "{v}"\n' for k, v in told.items() if v)).encode()


def test_what_lies_in_the_tree_itself_is_no_crate_to_fetch() -> None:
    found = read_lock(lock(PACKAGE, [ONES]).encode(), "Cargo.lock")
    assert found == (Crate("ones", "1.0.3+plain", CRATES_IO, ONES.sha256),)
    assert (str(found[0]), found[0].folder) == ("ones 1.0.3+plain", "ones-1.0.3+plain")


def test_the_first_format_has_its_checksums_apart() -> None:
    text = entry(checksum="").decode()
    text += f'[metadata]\n"checksum ones 1.0.3 ({CRATES_IO})" = "{SUM}"\n'
    assert read_lock(text.encode(), "Cargo.lock") == (Crate("ones", "1.0.3", CRATES_IO, SUM),)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (entry(source="git+https://git.example/ones#1"), "crate ones from a git source"),
        (entry(checksum=""), "gives the crate ones 1.0.3 no checksum"),
        (entry(checksum="../../etc"), "no checksum"),
        (entry(name="../ones"), "cannot be read"),
        (entry(version="1/../.."), "cannot be read"),
        (b"[[package]]\nname = 1\n", None),
        (b"package = 3", "cannot be read"),
        (b"package = [3]", "cannot be read"),
        (b'[[package]]\nsource = "registry+x"\n', "cannot be read"),
        (b"\xff", "cannot be read"),
        (b"[[", "cannot be read"),
    ],
)
def test_a_lock_that_cannot_be_gone_by_ends_the_port(text: bytes, words: str | None) -> None:
    if words is None:
        assert read_lock(text, "Cargo.lock") == ()
        return
    with pytest.raises(StepFailed, match=words) as failure:
        read_lock(text, "src/rust/Cargo.lock")
    assert failure.value.final
    assert failure.value.rule == "crate-lock"
    assert "src/rust/Cargo.lock" in failure.value.reason
