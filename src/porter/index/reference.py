"""Direct references: files and commits named by their address (PEP 508, ``name @ URL``)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit, urlunsplit

from packaging.requirements import Requirement

from porter.errors import UsageError
from porter.index.filenames import SDIST_ENDINGS, is_safe
from porter.index.urls import Credentials, origin, path_of, shown, split_credentials

_FILES = frozenset({"https", "http", "file"})
_REPOSITORIES = frozenset({"git+https", "git+ssh", "git+file"})
# What a package may ask for: nothing of this machine, nothing that travels unencrypted.
_FOR_PACKAGES = frozenset({"https", "git+https", "git+ssh"})
_ACCEPTED = "https, http, file, git+https, git+ssh and git+file addresses"

_SHA256 = re.compile(r"[0-9a-fA-F]{64}")
_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
# git-check-ref-format(1), and less: nothing that git could take for an option or a range.
_REVISION = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_./+-]*")
_UNSAFE = re.compile(r"[^A-Za-z0-9._+-]+")


@dataclass(frozen=True, slots=True)
class Reference:
    """Where a file or a commit is, and what is known of it beforehand."""

    url: str
    """Without credentials, fragment and revision; a repository's begins with ``git+``."""
    revision: str = ""
    """Of a repository: a branch, a tag or a commit; empty for its default branch."""
    subdirectory: str = ""
    """Of a repository: the folder that is the source tree; empty for the whole."""
    sha256: str | None = None
    """Of a file, where the address states it."""

    @property
    def is_git(self) -> bool:
        """Whether it names a commit of a repository."""
        return self.url.startswith("git+")

    @property
    def commit(self) -> str | None:
        """The commit, where the revision is a full hash."""
        return self.revision if _COMMIT.fullmatch(self.revision) else None

    @property
    def filename(self) -> str:
        """What the file is called; for a commit, what its archive is."""
        if not self.is_git:
            return unquote(urlsplit(self.url).path.rpartition("/")[2])
        path = urlsplit(self.url).path.rstrip("/").removesuffix(".git")
        stem = _UNSAFE.sub(
            "-", "-".join(filter(None, (path.rpartition("/")[2], self.subdirectory)))
        )
        return f"{stem.strip('-._+') or 'source'}-{_UNSAFE.sub('-', self.revision)[:12]}.tar"

    @property
    def may_come_from_a_package(self) -> bool:
        """Whether it counts where a package asks for it: only then if the user wrote it."""
        return self.url.partition(":")[0] in _FOR_PACKAGES

    def same_as(self, other: Reference) -> bool:
        """Whether both name the same thing; a hash only one of them states is no difference."""
        places = (self.url, self.revision, self.subdirectory)
        if places != (other.url, other.revision, other.subdirectory):
            return False
        return None in (self.sha256, other.sha256) or self.sha256 == other.sha256

    def __str__(self) -> str:
        revision = f"@{self.revision}" if self.revision else ""
        fragment = f"#subdirectory={self.subdirectory}" if self.subdirectory else ""
        return f"{self.url}{revision}{fragment}"


def parse_reference(url: str) -> Reference:
    """Understand an address. Raises `porter.errors.UsageError` for one that cannot be used."""
    try:
        parts = urlsplit(url)
        origin(url)  # raises for a port that is no number
    except ValueError:
        raise _refused(url, "cannot be read") from None
    scheme = parts.scheme.lower()
    if not scheme:
        raise UsageError(
            f"what follows the @ is to be an address, and {shown(url)} is none",
            hint="A version is asked for with ==, as in NAME==1.0.",
        )
    if scheme in _REPOSITORIES:
        return _repository(parts, url)
    if scheme in _FILES:
        return _file(parts, url)
    raise _refused(url, f"is of a kind porter does not fetch; it takes {_ACCEPTED}")


def strip_credentials(text: str) -> tuple[str, dict[str, Credentials]]:
    """A requirement without the user and password its address holds, and these by origin.

    They are for the requests of this call; a plan and a message never hold them. The user of an
    ssh address is no secret, and stays. Raises `porter.errors.UsageError` for an address that
    cannot be read.
    """
    url = Requirement(text).url
    if url is None or url.startswith("git+ssh:"):
        return text, {}
    try:
        bare, found = split_credentials(url)
        server = origin(bare.removeprefix("git+"))
    except ValueError:
        raise _refused(url, "cannot be read") from None
    if found is None:
        return text, {}
    return text.replace(url, bare), {server: found}


def _file(parts: SplitResult, url: str) -> Reference:
    local = path_of(urlunsplit(parts))
    if parts.scheme == "file" and (local is None or not parts.path.startswith("/")):
        raise _refused(url, "names no file of this machine by its whole path (file:///…)")
    stated = _fragment(parts, url, accepted=("sha256", "egg"))
    sha256 = stated.get("sha256")
    if sha256 is not None and not _SHA256.fullmatch(sha256):
        raise _refused(url, "has a sha256 that is not 64 hex digits")
    bare = split_credentials(urlunsplit(parts._replace(fragment="")))[0]
    reference = Reference(bare, sha256=sha256.lower() if sha256 else None)
    name = reference.filename
    if not (is_safe(name) and name.endswith((".whl", *SDIST_ENDINGS))):
        raise _refused(url, "does not end in the name of a wheel or of a source archive")
    return reference


def _repository(parts: SplitResult, url: str) -> Reference:
    stated = _fragment(parts, url, accepted=("subdirectory", "egg"))
    path, at, revision = parts.path.rpartition("@")
    path, revision = (path, revision) if at else (revision, "")
    if not path.strip("/"):
        raise _refused(url, "names no repository")
    if (at or revision) and not _is_revision(revision):
        raise _refused(url, f"names the revision {revision!r}, which is no branch, tag or commit")
    folder = stated.get("subdirectory", "").strip("/")
    if folder and not all(map(is_safe, folder.split("/"))):
        raise _refused(url, "has a subdirectory that is no plain path")
    userinfo, _, host = parts.netloc.rpartition("@")
    user = userinfo.partition(":")[0] if parts.scheme == "git+ssh" else ""
    netloc = f"{user}@{host}" if user else host
    query = f"?{parts.query}" if parts.query else ""
    return Reference(f"{parts.scheme}://{netloc}{path}{query}", revision, folder)


def _is_revision(text: str) -> bool:
    return bool(_REVISION.fullmatch(text)) and ".." not in text


def _fragment(parts: SplitResult, url: str, *, accepted: tuple[str, ...]) -> dict[str, str]:
    stated = dict(parse_qsl(parts.fragment, keep_blank_values=True))
    if unknown := sorted(stated.keys() - set(accepted)):
        raise _refused(url, f"says #{unknown[0]}, which porter does not know there")
    return stated


def _refused(url: str, why: str) -> UsageError:
    return UsageError(f"the address {shown(url)} {why}")
