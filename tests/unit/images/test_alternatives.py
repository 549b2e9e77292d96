from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from porter.images.alternatives import Alternative, chosen, stated


def test_a_call_is_read_with_its_slaves() -> None:
    script = """#!/bin/sh
set -e
if [ "$1" = "configure" ]; then
    update-alternatives --quiet --install /usr/bin/editor editor /usr/bin/vi 30 \\
        --slave /usr/share/man/editor.1 editor.1 /usr/share/man/vi.1
fi
"""
    assert list(stated(script)) == [
        Alternative(
            "/usr/bin/editor",
            "/usr/bin/vi",
            30,
            (("/usr/share/man/editor.1", "/usr/share/man/vi.1"),),
        )
    ]


def test_what_only_a_shell_could_read_is_passed_over() -> None:
    script = """
update-alternatives --install /usr/bin/$name x /usr/bin/y 1
update-alternatives --remove a /usr/bin/b
update-alternatives --install /usr/bin/a a 'unclosed 3
update-alternatives --install /usr/bin/a a
"""
    assert list(stated(script)) == []


@given(st.lists(st.tuples(st.sampled_from("ab"), st.integers(-5, 5)), min_size=1))
def test_the_highest_priority_wins(offers: list[tuple[str, int]]) -> None:
    alternatives = [
        Alternative(f"/{link}", f"/{number}", priority)
        for number, (link, priority) in enumerate(offers)
    ]
    for link, path in chosen(alternatives).items():
        same = [offer for offer in alternatives if offer.link == link]
        best = max(offer.priority for offer in same)
        assert path == next(offer.path for offer in same if offer.priority == best)
