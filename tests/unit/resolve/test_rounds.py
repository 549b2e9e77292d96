"""The rounds that remember choose as resolvelib's own, and ask less."""

from __future__ import annotations

from collections.abc import Mapping

from hypothesis import given, settings
from hypothesis import strategies as st
from packaging.requirements import Requirement
from resolvelib import BaseReporter, ResolutionImpossible
from resolvelib.resolvers import Resolution

from fakes.index import FakeFile, FakeIndex, wheel
from porter.model import Interpreter, Platform
from porter.resolve.catalog import Catalog
from porter.resolve.need import Candidate, Need, needs_of
from porter.resolve.provider import Provider, Wish
from porter.resolve.rounds import Rounds
from porter.resolve.runtime import Runtime
from porter.resolve.shelf import Shelf
from unit.resolve.test_properties import Index, indexes, requirements

RUNTIME = Runtime.target(Platform.parse("aarch64", "manylinux2014"), Interpreter(3, 9))
ROUNDS = 5_000


class Counting(Provider):
    """Counts what it is asked."""

    met = 0
    urgency = 0

    def is_satisfied_by(self, requirement: Wish, candidate: Candidate) -> bool:
        self.met += 1
        return super().is_satisfied_by(requirement, candidate)

    def get_preference(self, *args: object, **given: object) -> tuple[bool, bool, bool, bool, str]:
        self.urgency += 1
        return super().get_preference(*args, **given)  # type: ignore[arg-type]  # passed on as it is


def asked(*texts: str) -> list[Need]:
    return [need for text in texts for need in needs_of(Requirement(text))]


def versions(
    resolution: Resolution[Wish, Candidate, str], needs: list[Need]
) -> Mapping[str, str] | set[str]:
    try:
        state = resolution.resolve(needs, max_rounds=ROUNDS)
    except ResolutionImpossible as impossible:
        return {f"{cause.parent} {cause.requirement.text}" for cause in impossible.causes}
    return {key: str(pin.offer.version) for key, pin in state.mapping.items()}


@settings(max_examples=150, deadline=None)
@given(indexes(), st.lists(requirements("abc"), min_size=1, max_size=3))
def test_they_choose_as_resolvelib_does(index: Index, texts: list[str]) -> None:
    needs = asked(*texts)
    with Catalog(FakeIndex(index)) as catalog:
        shelf = Shelf(catalog=catalog, runtime=RUNTIME)
        plain = versions(Resolution(Provider(shelf, {}), BaseReporter()), needs)
        assert versions(Rounds(Provider(shelf, {})), needs) == plain


def chain(length: int) -> dict[str, list[FakeFile]]:
    """p0 needs p1 and q0, p1 needs p2 and q1, and so on; the q wait to the end."""
    names = [f"{letter}{n}" for n in range(length + 1) for letter in "pq"]
    needs = {f"p{n}": [f"p{n + 1}==1", f"q{n}"] for n in range(length)}
    return {
        name: [wheel(f"{name}-1-py3-none-any.whl", requires=needs.get(name, ()))] for name in names
    }


def questions(length: int) -> int:
    with Catalog(FakeIndex(chain(length))) as catalog:
        provider = Counting(Shelf(catalog=catalog, runtime=RUNTIME), {})
        found = Rounds(provider).resolve(asked("p0"), max_rounds=ROUNDS)
    assert len(found.mapping) == 2 * length + 1
    return provider.met + provider.urgency


def test_the_questions_grow_with_the_answer() -> None:
    assert questions(80) < 2.2 * questions(40)
