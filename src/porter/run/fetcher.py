"""Brings the files a plan names to this machine: by index name, file name and hash."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from porter.errors import StepFailed
from porter.index import IndexClient
from porter.model import Artifact, File, Node


class Fetcher:
    """Finds a plan's file on the indexes of today and downloads it.

    A plan holds no addresses, so that it works against any mirror; the hash is what counts.
    """

    def __init__(self, index: IndexClient) -> None:
        self._index = index

    def __call__(self, node: Node, artifact: Artifact) -> Path:
        """The file's path in the cache.

        Raises:
            StepFailed: no index serves it any more, or what is served has another hash.
            IndexUnavailable: an index does not answer.
        """
        return self._index.download(self._file(node, artifact))

    def _file(self, node: Node, artifact: Artifact) -> File:
        project = self._index.project(node.name)
        named = [f for f in project.files if f.filename == artifact.filename] if project else []
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
