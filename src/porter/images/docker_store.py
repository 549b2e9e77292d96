"""The store of a container engine, spoken to with the docker SDK (podman's socket too)."""

from __future__ import annotations

import io
import json
import queue
import tempfile
import threading
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from typing import Any

from porter.engine.containers import OWNER_LABEL
from porter.engine.docker_api import is_lost
from porter.engine.owner import Owner
from porter.engine.stage import stage, sweep
from porter.errors import EngineGone, ImageError
from porter.images.archive import ImageConfig, write_archive
from porter.images.bootstrap import LAST_LINES
from porter.images.catalogue import PinnedImage
from porter.images.furnish import wanted
from porter.images.layout import read_environment
from porter.images.roots import ROOT, Roots, folder_size
from porter.images.store import ImageInfo
from porter.images.streams import Chunks
from porter.images.unpack import unpack
from porter.model import ARCHITECTURES, Interpreter

PREFIX = "localhost/porter"
"""Names of bootstrapped images begin so: no registry is ever asked for them."""
LABEL = "porter.image"
BASE_LABEL = "porter.base"
PACKAGES_LABEL = "porter.packages"
# Of manylinux2014 (CentOS 7) yum, of the later ones dnf.
_INSTALL = 'if command -v dnf > /dev/null; then dnf -y install "$@"; else yum -y install "$@"; fi'
_ARCHIVE = "porter-image-"
"""How the names of folders begin in which archives are written."""
_LOOK = 0.2
"""Seconds between two looks at whether a pull is to end."""
ANSWER_SECONDS = 30.0
"""How long a registry may stay silent."""


class DockerStore:
    """Bootstrapped images, known by their labels, and the pinned images of the PyPA."""

    def __init__(
        self,
        client: Any,
        roots: Roots,
        *,
        pinned: Sequence[PinnedImage],
        answer_seconds: float = ANSWER_SECONDS,
        stop: threading.Event | None = None,
    ) -> None:
        """Take the SDK's low-level client, and what ends a pull with KeyboardInterrupt."""
        self._client = client
        self._roots = roots
        self._pinned = pinned
        self._answer_seconds = answer_seconds
        self._stop = stop or threading.Event()

    def images(self) -> Sequence[ImageInfo]:
        """What the engine holds of both kinds, the newest first."""
        with _engine_errors("list images"):
            found = [info for image in self._client.images() for info in self._known(image)]
        return sorted(found, key=lambda image: image.created, reverse=True)

    def load(self, root: ImageInfo) -> ImageInfo:
        """Make an image of an unpacked root; nothing happens where the engine holds it."""
        if held := self._by_digest(root.digest):
            return held
        config = _config(root)
        temporary, owner = Path(tempfile.gettempdir()), Owner.current()
        # The archive is as large as the root: one that a killed porter left is in the way.
        sweep(temporary, owner, _ARCHIVE)
        with stage(owner, temporary, _ARCHIVE) as scratch:
            archive = scratch / "image.tar"
            with archive.open("wb") as out:
                write_archive(_files(root), config, out, scratch)
            with archive.open("rb") as stream, _engine_errors(f"load {config.name}"):
                problems = [e["error"] for e in self._client.load_image(stream) if "error" in e]
        held = self._by_digest(root.digest)
        if held is None:
            raise ImageError(
                f"the container engine did not take {config.name}", context="\n".join(problems)
            )
        return held

    def unpack(self, image: ImageInfo) -> Path:
        """The image's files, exported once; a bootstrapped one lies unpacked already."""
        known = self._roots.find(image.digest) or self._roots.create(
            lambda scratch: self._export(image, scratch)
        )
        return _files(known)

    def remove(self, image: ImageInfo) -> None:
        """Remove the image and its unpacked files."""
        with _engine_errors(f"remove {image.name}"):
            self._client.remove_image(image.name)
        self._roots.remove(image.digest)

    def pull(self, image: PinnedImage) -> ImageInfo:
        """Fetch a pinned image for its architecture; see `Puller.pull`."""
        from docker.errors import APIError

        def events() -> Iterator[dict[str, Any]]:
            platform = f"linux/{image.arch.oci}"
            where = _repository_and_tag(image.reference)
            try:
                yield from self._client.pull(*where, stream=True, decode=True, platform=platform)
            except APIError as error:  # also what the registry answered: 503 is not the engine's
                raise ImageError(f"cannot pull {image}: {_explained(error)}") from error

        with _engine_errors(f"pull {image}"):
            for event in _bounded(events, self._answer_seconds, self._stop):
                if "error" in event:
                    raise ImageError(f"cannot pull {image}: {event['error']}")
        with _engine_errors(f"inspect {image}"):
            return self._inspect(image)

    def install(self, image: ImageInfo, packages: tuple[str, ...]) -> ImageInfo:
        """Run ``dnf`` or ``yum`` in a container with a network, and commit it."""
        labels = {
            "porter.reference": image.name,
            "porter.created": datetime.now(UTC).isoformat(timespec="seconds"),
            **_extension_labels(image.digest, packages),
        }
        with _engine_errors(f"add packages to {image.name}"):
            container = self._client.create_container(
                image.name,
                ["-c", _INSTALL, "sh", *packages],
                entrypoint=["/bin/sh"],
                user="0:0",
                labels={OWNER_LABEL: str(Owner.current())},
            )["Id"]
            try:
                self._client.start(container)
                if (code := self._client.wait(container)["StatusCode"]) != 0:
                    raise ImageError(
                        f"packages cannot be added to {image.name} (exit status {code})",
                        context=self._client.logs(container, tail=LAST_LINES).decode(
                            errors="replace"
                        ),
                        hint="Are the distribution's mirrors reachable, and the names its own? "
                        "CentOS 7's packages have moved to the vault.",
                    )
                kept = self._client.commit(
                    container,
                    repository=f"{PREFIX}/{image.arch}",
                    tag=uuid.uuid4().hex[:12],
                    changes=[f"LABEL {json.dumps(n)}={json.dumps(v)}" for n, v in labels.items()],
                )
            finally:
                self._client.remove_container(container, force=True)
        return next(i for i in self.images() if i.digest == kept["Id"])

    def _by_digest(self, digest: str) -> ImageInfo | None:
        return next((image for image in self.images() if image.digest == digest), None)

    def _known(self, image: Mapping[str, Any]) -> Iterator[ImageInfo]:
        """Zero, one or (under several references) more images of one the engine lists."""
        labels = image.get("Labels") or {}
        if labels.get(LABEL) == "1":
            yield self._bootstrapped(image, labels)
            return
        if labels.get("porter.reference") in {pinned.reference for pinned in self._pinned}:
            yield self._equipped(image, labels)
            return
        names = {*(image.get("RepoTags") or ()), *(image.get("RepoDigests") or ())}
        for pinned in self._pinned:
            if pinned.reference in names:
                yield self._inspect(pinned)

    def _bootstrapped(self, image: Mapping[str, Any], labels: Mapping[str, str]) -> ImageInfo:
        tags = image.get("RepoTags") or [image["Id"]]
        pythons = labels["porter.python"].split()
        return ImageInfo(
            name=tags[0],
            arch=ARCHITECTURES[labels["porter.arch"]],
            digest=labels["porter.digest"],
            origin="debian",
            interpreters=tuple(Interpreter.parse(tag) for tag in pythons),
            created=labels["porter.created"],
            size=image["Size"],
            suite=labels["porter.suite"],
            base=labels.get(BASE_LABEL),
            packages=tuple(labels.get(PACKAGES_LABEL, "").split()),
        )

    def _equipped(self, image: Mapping[str, Any], labels: Mapping[str, str]) -> ImageInfo:
        """A PyPA image with packages added."""
        pinned = next(p for p in self._pinned if p.reference == labels["porter.reference"])
        return ImageInfo(
            name=(image.get("RepoTags") or [image["Id"]])[0],
            arch=pinned.arch,
            digest=image["Id"],
            origin="pypa",
            interpreters=pinned.interpreters,
            created=labels["porter.created"],
            size=image["Size"],
            base=labels[BASE_LABEL],
            packages=tuple(labels[PACKAGES_LABEL].split()),
        )

    def _inspect(self, pinned: PinnedImage) -> ImageInfo:
        image = self._client.inspect_image(pinned.reference)
        expected = pinned.arch.oci.partition("/")[0]
        if image["Architecture"] != expected:
            raise ImageError(
                f"{pinned} is here for {image['Architecture']}, not for {expected}",
                hint=f"Fetch the other one: docker pull --platform linux/{pinned.arch.oci} "
                f"{pinned.reference}",
            )
        return ImageInfo(
            name=pinned.reference,
            arch=pinned.arch,
            digest=image["Id"],
            origin="pypa",
            interpreters=pinned.interpreters,
            created=image["Created"],
            size=image["Size"],
        )

    def _export(self, image: ImageInfo, scratch: Path) -> ImageInfo:
        with _engine_errors(f"export {image.name}"):
            # Labelled like a step, so that what a killed run leaves is swept by the engine.
            labels = {OWNER_LABEL: str(Owner.current())}
            container = self._client.create_container(image.name, ["true"], labels=labels)
            try:
                with io.BufferedReader(Chunks(self._client.export(container["Id"]))) as stream:
                    unpack(stream, scratch / ROOT, keep=wanted)
            finally:
                self._client.remove_container(container["Id"], force=True)
        name = f"{image.suite}-{image.arch}" if image.suite else image.name
        return replace(image, name=name, size=folder_size(scratch / ROOT))


def _config(root: ImageInfo) -> ImageConfig:
    digest = root.digest.removeprefix("sha256:")
    return ImageConfig(
        name=f"{PREFIX}/{root.suite}-{root.arch}:{digest[:12]}",
        arch=root.arch,
        env=read_environment(_files(root)),
        labels={
            LABEL: "1",
            "porter.arch": root.arch.name,
            "porter.created": root.created,
            "porter.digest": root.digest,
            "porter.python": " ".join(interpreter.tag for interpreter in root.interpreters),
            "porter.suite": str(root.suite),
            **_extension_labels(root.base, root.packages),
        },
        created=root.created,
    )


def _extension_labels(base: str | None, packages: Sequence[str]) -> dict[str, str]:
    return {} if base is None else {BASE_LABEL: base, PACKAGES_LABEL: " ".join(packages)}


def _files(root: ImageInfo) -> Path:
    if root.path is None:
        raise ImageError(f"{root.name} is not unpacked here")
    return root.path


def _repository_and_tag(reference: str) -> tuple[str, str]:
    """What the pull call wants: a digest goes where a tag would."""
    repository, at, digest = reference.partition("@")
    if at:
        return repository, digest
    repository, _, tag = reference.rpartition(":")
    return repository, tag


def _bounded(events: Any, seconds: float, stop: threading.Event) -> Iterator[dict[str, Any]]:
    """The events of a pull; TimeoutError when none comes for so long.

    The SDK cannot bound the wait for a pull's first answer, so the call waits in a thread of its
    own, which ends with the call. Raises KeyboardInterrupt once `stop` is set.
    """
    arrived: queue.Queue[dict[str, Any] | BaseException | None] = queue.Queue()

    def read() -> None:
        try:
            for event in events():
                arrived.put(event)
            arrived.put(None)
        except BaseException as error:  # noqa: BLE001 - handed to the thread that waits
            arrived.put(error)

    threading.Thread(target=read, name="porter-pull", daemon=True).start()
    until = monotonic() + seconds
    while not stop.is_set():
        try:
            event = arrived.get(timeout=min(_LOOK, seconds))
        except queue.Empty:
            if monotonic() < until:
                continue
            raise TimeoutError(f"no answer for {seconds:.0f} s") from None
        until = monotonic() + seconds
        if event is None:
            return
        if isinstance(event, BaseException):
            raise event
        yield event
    raise KeyboardInterrupt


@contextmanager
def _engine_errors(doing: str) -> Iterator[None]:
    """Turn the SDK's errors into `ImageError`; into `EngineGone` where the engine was lost."""
    from docker.errors import DockerException
    from urllib3.exceptions import HTTPError

    try:
        yield
    except (DockerException, HTTPError, OSError) as error:
        if is_lost(error):
            raise EngineGone(
                f"the container engine broke off before it could {doing}", context=str(error)
            ) from error
        raise ImageError(f"the container engine cannot {doing}: {_explained(error)}") from error


def _explained(error: Exception) -> str:
    """The engine's own words, without the request they answer."""
    return str(getattr(error, "explanation", None) or error)
