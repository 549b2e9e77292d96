"""Where the files a plan names are served today."""

from __future__ import annotations

from porter.errors import ResolutionError, StepFailed
from porter.index import IndexClient
from porter.model import Artifact, Node
from porter.recipes import Recipes
from porter.run import Fetcher


class Addresses:
    """Looks files up on the indexes, or in the recipe that gives the source."""

    def __init__(self, index: IndexClient, recipes: Recipes) -> None:
        self._fetcher = Fetcher(index, lambda node: recipes.find(node.name, node.version))

    def __call__(self, node: Node, artifact: Artifact) -> str:
        """The file's address.

        Raises:
            ResolutionError: it is not served any more.
            IndexUnavailable: an index does not answer.
        """
        try:
            return self._fetcher.find(node, artifact).url
        except StepFailed as failure:
            raise ResolutionError(failure.reason, context=failure.context) from failure
