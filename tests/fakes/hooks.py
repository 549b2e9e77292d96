"""Build backends that answer what was written down beforehand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from porter.resolve import Question


@dataclass
class FakeHooks:
    """`porter.resolve.Hooks`: answers by project name, with requirements or with an error."""

    answers: Mapping[str, Sequence[str] | Exception]
    written: Mapping[str, bytes | Exception] = field(default_factory=dict)
    """Metadata by project name."""
    asked: list[Question] = field(default_factory=list)

    def requires_for_build(self, question: Question) -> tuple[str, ...]:
        self.asked.append(question)
        answer = self.answers[question.name.partition("-")[0]]
        if isinstance(answer, Exception):
            raise answer
        return tuple(answer)

    def metadata(self, question: Question) -> bytes:
        self.asked.append(question)
        answer = self.written[question.name.partition("-")[0]]
        if isinstance(answer, Exception):
            raise answer
        return answer
