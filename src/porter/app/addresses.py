"""Where the files a plan names are served today."""

from __future__ import annotations

from dataclasses import replace

from packaging.utils import canonicalize_name

from porter.errors import ResolutionError, StepFailed
from porter.index import IndexClient
from porter.model import Artifact, Node
from porter.recipes import Recipes
from porter.run import Fetcher


class Addresses:
    """Looks files up on the indexes, or in the recipe that gives the source."""

    def __init__(self, index: IndexClient, recipes: Recipes) -> None:
        self._fetcher = Fetcher(index)
        self._recipes = recipes

    def __call__(self, node: Node, artifact: Artifact) -> str:
        """The file's address.

        Raises:
            ResolutionError: it is not served any more.
            IndexUnavailable: an index does not answer.
        """
        recipe = self._recipes.find(node.name, node.version)
        source = recipe.rules.source if recipe and artifact == node.source else None
        if source and source.url:
            return source.url
        if source and source.sdist:
            node = replace(node, name=canonicalize_name(source.sdist))
        try:
            return self._fetcher.find(node, artifact).url
        except StepFailed as failure:
            raise ResolutionError(failure.reason, context=failure.context) from failure
