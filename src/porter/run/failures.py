"""What a failed rung tells a person, and for how long it is not tried again.

A failure is remembered by the key of what failed. What is not in a key and may change how it ends
is held beside it (`Attempt.recall`): the failure counts only as long as that is the
same. Not remembered are failures to fetch, which cost nothing to try, registries of crates that
are not reached, a full disk, what was killed from outside, and crashes of QEMU: another one may
take its place, and its version is nowhere told.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import msgspec

from porter import __version__
from porter.crates import UNREACHABLE
from porter.diagnose import KILLED, diagnose, last_lines, rule_named, tidy
from porter.engine import host_tools
from porter.errors import StepFailed
from porter.graph import PortGraph
from porter.model import Node, Phase
from porter.recipes import Rules, digest_of
from porter.run.attempt import Attempt
from porter.run.port import Port, there
from porter.run.services import Options, Services

_OF_THE_MACHINE = frozenset({"timeout", "silent", "out-of-memory"})
OF_THE_MOMENT = frozenset({"disk-full", UNREACHABLE, KILLED, "emulator-crash"})
"""Kinds of failures from which nothing follows for the next try."""


def explained(failure: StepFailed, recent: bytes) -> StepFailed:
    """The failure with its kind, hint and the lines that matter, from what its phase wrote."""
    if failure.status is not None:
        return _by_log(failure, recent)
    found = diagnose(failure.context.encode()) if failure.context else None
    told = found if found and not found.general else None
    name = told.rule.name if told else failure.rule
    kind = rule_named(name)
    hint = found.hint if found and kind is found.rule else kind.hint if kind else None
    return StepFailed(
        failure.reason,
        context=tidy(failure.context) or last_lines(recent),
        hint=failure.hint or hint,
        final=failure.final or (told is not None and told.rule.final),
        rule=name,
    )


def _by_log(failure: StepFailed, recent: bytes) -> StepFailed:
    found = diagnose(recent)
    if found is None:
        context = last_lines(recent) or failure.context
        return StepFailed(failure.reason, context=context, hint=failure.hint, final=failure.final)
    return StepFailed(
        found.reason,
        context=found.context,
        hint=found.hint,
        final=failure.final or found.rule.final,
        rule=found.rule.name,
    )


@dataclass(frozen=True, slots=True)
class Memory:
    """Which failures of earlier runs still hold."""

    graph: PortGraph
    services: Services
    options: Options

    def of(self, port: Port) -> Attempt | None:
        """The failure that trying its key again would surely end in, or None."""
        if self.options.retry_failed or port.node.name in self.options.rebuild:
            return None
        attempt = self.services.journal.last_of_key(there(port.inputs).key())
        if attempt is None or attempt.outcome != "failed" or attempt.recall is None:
            return None
        phase = Phase(str(attempt.phase))
        now = self._circumstances(port, phase, attempt.rule)
        return attempt if attempt.recall["circumstances"] == now else None

    def recall(self, port: Port, failure: StepFailed) -> Mapping[str, object] | None:
        """What is to be written down of its failure, as in `Attempt.recall`."""
        circumstances = self._circumstances(port, port.phase, failure.rule)
        if circumstances is None:
            return None
        return {"final": failure.final, "circumstances": circumstances}

    def _circumstances(
        self, port: Port, phase: Phase, rule: str | None
    ) -> dict[str, object] | None:
        if phase is Phase.FETCH or rule in OF_THE_MOMENT:
            return None
        node = port.node
        facts: dict[str, object] = {"porter": __version__, "engine": self.services.engine.name}
        if there(port.kit).root.is_host:
            facts["tools"] = sorted(host_tools())  # no digest tells of them
        if rule in _OF_THE_MACHINE:
            patience = self.options.patience(self.services.recipe(node))
            facts |= {
                "cpus": self.options.cpus,
                "memory": self.options.memory,
                "seconds": patience.seconds,
                "silence": patience.silence,
            }
        if phase is Phase.VERIFY:
            facts |= {
                "verify": self.options.verify,
                "on": sorted(self.options.verify_on),
                "root": self.services.kits[node.side].proving(node.interpreter).digest,
                "beside": self._beside(node),
            }
        return facts

    def _beside(self, node: Node) -> str:
        """The digest of what a wheel is proved by: its recipe's word, and what lies beside it.

        As the plan and the recipes tell it, since none of that may be built yet.
        """
        recipe = self.services.recipe(node)
        rules = recipe.rules if recipe else Rules()
        said = (rules.imported_with, rules.tests, rules.upstream_only, rules.unimportable)
        state = hashlib.sha256(msgspec.json.encode(said, order="sorted"))
        for needed in self.graph.install_closure(node.id):
            state.update("\n".join(self._identity(needed)).encode())
        return state.hexdigest()

    def _identity(self, node: Node) -> Iterable[str]:
        artifacts = (node.source, node.wheel)
        return (
            node.id,
            *(artifact.sha256 for artifact in artifacts if artifact),
            digest_of(self.services.recipe(node)),
        )
