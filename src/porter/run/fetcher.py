"""Brings the files a plan names to this machine: by index name, file name and hash."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from packaging.utils import NormalizedName

from porter.errors import StepFailed
from porter.index import IndexClient
from porter.model import Artifact, File, Node
from porter.recipes import Recipe
from porter.resolve import source_of_recipe


def _no_recipe(_node: Node) -> Recipe | None:
    return None


class Fetcher:
    """Finds a plan's file on the indexes of today and downloads it.

    A plan holds no addresses of indexes, so that it works against any mirror; the hash is what
    counts. The address of a source that a recipe gives stands in the recipe, and that of a file
    which was asked for by its address in the plan.
    """

    def __init__(
        self, index: IndexClient, recipe: Callable[[Node], Recipe | None] = _no_recipe
    ) -> None:
        self._index = index
        self._recipe = recipe

    def __call__(self, node: Node, artifact: Artifact) -> Path:
        """The file's path in the cache.

        Raises:
            StepFailed: no index serves it any more, or what is served has another hash.
            IndexUnavailable: an index does not answer.
        """
        return self._index.download(self.find(node, artifact))

    def find(self, node: Node, artifact: Artifact) -> File:
        """The file as an index lists it today; raises as a call does."""
        if artifact.url is not None:
            return _at(artifact.url, node, artifact)
        named = [f for f in self._served(node, artifact) if f.filename == artifact.filename]
        for file in named:
            # An index that tells no hash is believed only after the download: see `__call__`.
            if file.sha256 in {artifact.sha256, None}:
                return replace(file, sha256=artifact.sha256)
        if named:
            raise StepFailed(
                f"the index serves another {artifact.filename} than the plan is locked to",
                context=f"plan:  sha256 {artifact.sha256}\nindex: sha256 {named[0].sha256}",
                hint="If that is right, plan again: porter plan.",
                final=True,
            )
        raise StepFailed(
            f"no index serves {artifact.filename} any more",
            hint="Plan again (porter plan), or name an index that has it (--extra-index-url).",
            final=True,
        )

    def _served(self, node: Node, artifact: Artifact) -> Iterator[File]:
        """The project's files, and before them the source its recipe gives."""
        recipe = self._recipe(node) if artifact == node.source else None
        if recipe is not None:
            given = source_of_recipe(recipe, node.version, self._files)
            yield from () if given is None else (given,)
        yield from self._files(node.name)

    def _files(self, name: NormalizedName) -> tuple[File, ...]:
        project = self._index.project(name)
        return () if project is None else project.files


def _at(url: str, node: Node, artifact: Artifact) -> File:
    return File(
        index=artifact.index,
        filename=artifact.filename,
        url=url,
        name=node.name,
        version=node.version,
        sha256=artifact.sha256,
        size=artifact.size,
        direct=True,
    )
