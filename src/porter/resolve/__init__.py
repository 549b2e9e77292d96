"""The planner: the only room that knows resolvelib."""

from porter.resolve.companions import companions
from porter.resolve.cythonized import ENDINGS, HEAD, is_stale, made_by
from porter.resolve.hooks import Hooks, Question
from porter.resolve.markers import applies, marker_environment
from porter.resolve.origin import source_of_recipe
from porter.resolve.plan import plan
from porter.resolve.request import ALL, Preference, Request
from porter.resolve.tags import build_tags, target_tags

__all__ = [
    "ALL",
    "ENDINGS",
    "HEAD",
    "Hooks",
    "Preference",
    "Question",
    "Request",
    "applies",
    "build_tags",
    "companions",
    "is_stale",
    "made_by",
    "marker_environment",
    "plan",
    "source_of_recipe",
    "target_tags",
]
