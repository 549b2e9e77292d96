"""resolvelib's rounds, at the cost of what changed in them.

In each round resolvelib asks of every project whether its pin still meets all needs, and, of those
without a pin, how urgent they are: for an answer of a thousand packages, millions of questions.
The answers depend on the project's criterion, which resolvelib replaces when it changes, and on
its pin. So the last answer for a project holds while both are the same objects.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from resolvelib import BaseReporter
from resolvelib.resolvers import Criterion, Resolution

from porter.resolve.need import Candidate
from porter.resolve.provider import Provider, Wish

if TYPE_CHECKING:
    from resolvelib.providers import Preference

_Criterion = Criterion[Wish, Candidate]


class Rounds(Resolution[Wish, Candidate, str]):
    """Chooses exactly as resolvelib's own does; good for one resolution.

    Both methods are resolvelib's inner ones. If a later release stops calling them, it is slower,
    and tests/unit/resolve/test_rounds.py fails.
    """

    def __init__(self, provider: Provider) -> None:
        super().__init__(provider, BaseReporter())
        self._met: dict[str, tuple[_Criterion, Candidate]] = {}
        self._urgency: dict[str, tuple[_Criterion, Preference]] = {}

    def _is_current_pin_satisfying(self, name: str, criterion: _Criterion) -> bool:
        pin = self.state.mapping.get(name)
        if pin is None:
            return False
        known = self._met.get(name)
        if known is not None and known[0] is criterion and known[1] is pin:
            return True
        is_met = super()._is_current_pin_satisfying(name, criterion)
        if is_met:
            self._met[name] = (criterion, pin)
        return is_met

    def _get_preference(self, name: str) -> Preference:
        # `Provider.get_preference` looks at the needs alone, which the criterion holds.
        criterion = self.state.criteria[name]
        known = self._urgency.get(name)
        if known is None or known[0] is not criterion:
            known = self._urgency[name] = (criterion, super()._get_preference(name))
        return known[1]
