"""An executor whose time is simulated: steps take what is said, and no time passes."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field

from porter.run.executor import Perform, StepJob, StepResult


@dataclass
class Simulated:
    """Performs a step at the moment it ends; `clock` is in seconds since the start."""

    perform: Perform
    halt: Callable[[], None] = lambda: None
    seconds: Callable[[StepJob], float] = lambda _: 1.0
    clock: float = 0.0
    started: dict[StepJob, float] = field(default_factory=dict)
    ended: dict[StepJob, float] = field(default_factory=dict)
    most: int = 0
    """The most steps that were under way at once."""
    _under_way: list[tuple[float, int, StepJob]] = field(default_factory=list)

    def start(self, job: StepJob) -> None:
        """See `Executor.start`."""
        assert job not in self.started, f"{job} starts twice"
        end = self.clock + self.seconds(job)
        heapq.heappush(self._under_way, (end, len(self.started), job))
        self.started[job] = self.clock
        self.most = max(self.most, len(self._under_way))

    def wait(self) -> StepResult:
        """See `Executor.wait`."""
        self.clock, _, job = heapq.heappop(self._under_way)
        self.ended[job] = self.clock
        try:
            return StepResult(job, self.perform(job))
        except BaseException as error:  # noqa: BLE001 - told, as the real one does
            return StepResult(job, good=False, error=error)

    def stop(self) -> None:
        """See `Executor.stop`."""
        if self._under_way:
            self.halt()
        self._under_way.clear()

    @property
    def under_way(self) -> frozenset[StepJob]:
        """What has started and not ended."""
        return frozenset(job for _, _, job in self._under_way)
