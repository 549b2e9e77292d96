from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from porter.engine import owner as owner_module
from porter.engine.owner import Owner, is_dead, start_time

HERE = Owner("machine", "boot", "4026531836", 100, "555")


def test_a_token_is_read_back() -> None:
    assert Owner.parse(str(HERE)) == HERE


@pytest.mark.parametrize("text", ["", "a.b.c", "a.b.c.x.d", "a.b.c.\u0663.d", "a.b.c.1.d.e"])
def test_other_text_is_no_token(text: str) -> None:
    assert Owner.parse(text) is None


def test_this_process_lives() -> None:
    me = Owner.current()
    assert me.pid == os.getpid()
    assert not is_dead(me, me)


@pytest.mark.parametrize(
    ("owner", "started", "dead"),
    [
        (HERE, "555", False),
        (HERE, None, True),
        (HERE, "777", True),  # the pid was used again
        (replace(HERE, boot="earlier"), "555", True),
        (replace(HERE, namespace="1"), None, False),  # nobody can tell
        (replace(HERE, machine="other", boot="other"), None, False),
    ],
)
def test_who_is_dead(owner: Owner, started: str | None, dead: bool) -> None:  # noqa: FBT001 - data
    assert is_dead(owner, HERE, lambda _: started) is dead


def test_a_process_that_is_gone_has_no_start() -> None:
    assert start_time(2**22 + 1) is None


def test_machines_of_one_name_are_told_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = set()
    for name in ("one", "two", "none"):
        place = tmp_path / name
        if name != "none":
            place.write_text(f"{name}\n")
        monkeypatch.setattr(owner_module, "_MACHINE_ID", place)
        assert Owner.current() == Owner.current()
        seen.add(Owner.current().machine)
    assert len(seen) == 3
