"""A run: the plan's steps as doit tasks, the journal, keys. The only place that knows doit."""

from porter.run.artifacts import Artifacts
from porter.run.attempt import Attempt, Span, Tally
from porter.run.events import Event, EventSink, PortEnded, RunStarted
from porter.run.executor import Executor, StepJob, StepResult, Threads
from porter.run.fetcher import Fetcher
from porter.run.hooks import BackendHooks
from porter.run.journal import Journal
from porter.run.kits import Kits
from porter.run.log import results_of
from porter.run.recovery import Recovered, broken_off, recover, scratch_folders
from porter.run.runner import run
from porter.run.schedule import Capacity, Schedule, guess, remaining
from porter.run.services import Options, Services
from porter.run.steps import Steps
from porter.run.tasks import task_dicts, task_name

__all__ = [
    "Artifacts",
    "Attempt",
    "BackendHooks",
    "Capacity",
    "Event",
    "EventSink",
    "Executor",
    "Fetcher",
    "Journal",
    "Kits",
    "Options",
    "PortEnded",
    "Recovered",
    "RunStarted",
    "Schedule",
    "Services",
    "Span",
    "StepJob",
    "StepResult",
    "Steps",
    "Tally",
    "Threads",
    "broken_off",
    "guess",
    "recover",
    "remaining",
    "results_of",
    "run",
    "scratch_folders",
    "task_dicts",
    "task_name",
]
