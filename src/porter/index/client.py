"""All configured indexes as one: `porter.index.protocol.IndexClient` over a network and a disk."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Self

import msgspec
from packaging.utils import NormalizedName

from porter.errors import IndexUnavailable
from porter.index.contents import ContentsReader
from porter.index.download import Downloads
from porter.index.git import Git
from porter.index.http import CONNECTIONS, Forbidden, Http, TooLarge, Unreachable
from porter.index.links import Link, files_of
from porter.index.listing import LISTING, Listed, Merged, encode_listing
from porter.index.local import Digests, folder_files, simple_files, with_digests
from porter.index.locator import FileLocator
from porter.index.metadata import MetadataReader
from porter.index.pagecache import Page, PageCache, may_be_kept
from porter.index.pages import ACCEPT, PageError, parse_page
from porter.index.protocol import Located, Project, Releases, by_release
from porter.index.reference import Reference
from porter.index.sources import IndexSettings
from porter.index.urls import Credentials, origin, path_of, shown, split_credentials
from porter.model import File

if TYPE_CHECKING:
    import httpx

PAGE_LIMIT = 64 << 20
"""Bytes of a page, after decompression."""
FIND_LINKS = "find-links"
"""The index name of files from ``--find-links``."""


class Indexes:
    """The indexes and find-links of `sources`, in their order. Thread-safe; close it at the end.

    `cache` is a folder that can be thrown away. With `offline`, what is not in it raises
    `porter.errors.IndexUnavailable`; with `refresh`, pages are asked for however fresh those in it
    are. `notice` is told what a person should know: files without a
    hash, metadata that contradicts its file.
    """

    def __init__(
        self,
        sources: IndexSettings,
        *,
        cache: Path,
        offline: bool = False,
        refresh: bool = False,
        notice: Callable[[str], None],
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        logins = dict(sources.credentials)
        self._indexes = [(n, _bare(url, logins)) for n, url in sources.indexes]
        links = [_bare(link, logins) for link in sources.find_links]
        self._find_links = [link for link in links if _is_there(link, notice)]
        self.offline = offline
        """Whether nothing is asked for over a network."""
        self.reused_pages = False
        """Whether an index was not asked because a page of it was at hand."""
        self._refresh = refresh
        self._notice = notice
        self._told: set[str] = set()
        self.http = Http(credentials=logins, offline=offline, transport=transport)
        """Its connections, for other things that are fetched."""
        git = Git(cache / "git", credentials=logins, offline=offline, notice=notice)
        self._pages = PageCache(cache / "http")
        self._digests = Digests(cache / "digests")
        self.downloads = Downloads(self.http, git, cache / "files", notice=notice)
        """The files of the cache, by their sha256."""
        self._locator = FileLocator(
            cache / "direct", offline=offline, commit=git.commit, download=self.downloads.fetch
        )
        self._metadata = MetadataReader(
            self.http, self.downloads, cache / "metadata", notice=notice
        )
        self._contents = ContentsReader(self.http, self.downloads, cache / "contents")
        self._projects: dict[NormalizedName, Future[Project | None]] = {}
        self._linked: dict[str, tuple[str, list[Link]]] = {}
        self._open: dict[str, bool] = {}
        """Indexes that forbade a page, and whether they are open to all."""
        self._lock = threading.Lock()
        self._linked_lock = threading.Lock()
        self._open_lock = threading.Lock()
        self._pool = ThreadPoolExecutor(CONNECTIONS, thread_name_prefix="index")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def close(self) -> None:
        """Drop what was prefetched but not asked for, and close all connections."""
        self._pool.shutdown(wait=False, cancel_futures=True)
        self.http.close()

    def project(self, name: NormalizedName) -> Project | None:
        """See `porter.index.protocol.IndexClient`. Asked once per process and name."""
        return self._asked(name).result()

    def metadata(self, file: File) -> bytes | None:
        """See `porter.index.protocol.IndexClient`."""
        return self._metadata.read(file)

    def contents(self, file: File) -> tuple[str, ...] | None:
        """The names of the files in a wheel, or None where they cannot be read.

        Raises `porter.errors.IndexUnavailable`.
        """
        return self._contents.read(file)

    def download(self, file: File) -> Path:
        """See `porter.index.protocol.IndexClient`."""
        return self.downloads.fetch(file)

    def locate(self, reference: Reference) -> Located:
        """See `porter.index.protocol.Locator`."""
        return self._locator.locate(reference)

    def prefetch(self, names: Iterable[NormalizedName]) -> None:
        """See `porter.index.protocol.IndexClient`; an error waits for whoever asks."""
        for name in names:
            self._asked(name)

    def _asked(self, name: NormalizedName) -> Future[Project | None]:
        with self._lock:
            if name not in self._projects:
                self._projects[name] = self._pool.submit(self._look_up, name)
            return self._projects[name]

    def _look_up(self, name: NormalizedName) -> Project | None:
        places = [place for place in self._everywhere(name) if place is not None]
        if not places:
            return None
        return Project(name, places[0] if len(places) == 1 else Merged(places))

    def _everywhere(self, name: NormalizedName) -> Iterator[Releases | None]:
        for index, url in self._indexes:
            local = path_of(url)
            if local is None:
                yield self._simple(url, project=name, index=index)
            else:
                found = simple_files(local, project=name, index=index, digests=self._digests)
                yield None if found is None else by_release(found)
        for link in self._find_links:
            yield by_release(self._linked_files(link, name)) or None

    def _simple(self, root: str, *, project: NormalizedName, index: str) -> Releases | None:
        url = f"{root}{project}/"

        def condensed(page: Page) -> Page:
            body = encode_listing(_parse(page, url), project=project, base=page.url)
            return msgspec.structs.replace(page, content_type=LISTING, body=body)

        try:
            page = self._page(url, condensed)
        except Forbidden:
            if not self._lacks(url, root):
                raise
            return None
        if page.missing:
            return None
        return Listed(page.body, project=project, index=index, base=page.url)

    def _lacks(self, url: str, root: str) -> bool:
        """Whether an index that forbids a project's page means that it has no such project.

        Indexes in a bucket say so of what they lack, PyTorch's among them. Only one that is open
        to all and never had the page is taken at that: a closed one, whose credentials are
        missing, must not give way to another index that has the name too.
        """
        kept = self._pages.load(url)
        if (kept is not None and not kept.missing) or not self._is_open(root):
            return False
        self._tell(
            root,
            f"{shown(url)} is forbidden (status 403), while {shown(root)} is not: taken as not "
            "there, and so is what else this index forbids",
        )
        self._pages.keep(url, Page(url=url, missing=True, content_type="", body=b""))
        return True

    def _is_open(self, root: str) -> bool:
        with self._open_lock:
            if root not in self._open:
                try:
                    self._open[root] = self.http.stream(root, lambda _: None)
                except IndexUnavailable:
                    self._open[root] = False
            return self._open[root]

    def _linked_files(self, link: str, project: NormalizedName) -> tuple[File, ...]:
        if "://" not in link:
            path = Path(link)
            if path.is_dir():
                return folder_files(path, project=project, index=FIND_LINKS, digests=self._digests)
            link = path.absolute().as_uri()
        base, links = self._links_at(link)
        listing = files_of(links, project=project, index=FIND_LINKS, base=base)
        return with_digests(listing.files, self._digests)

    def _links_at(self, url: str) -> tuple[str, list[Link]]:
        """The links of a find-links page, read once: it has the files of all projects."""
        with self._linked_lock:
            if url not in self._linked:
                path = path_of(url)
                page = self._page(url) if path is None else _page_on_disk(path)
                self._linked[url] = (page.url, [] if page.missing else _parse(page, url))
            return self._linked[url]

    def _is_good(self, page: Page) -> bool:
        return not self._refresh and self._pages.is_fresh(page)

    def _page(self, url: str, condensed: Callable[[Page], Page] | None = None) -> Page:
        """A page as fresh as HTTP asks for; what is kept, when offline or the server is down.

        What is kept is what `condensed` makes of it.
        """
        kept = self._pages.load(url)
        if kept is not None and condensed is not None and not _is_condensed(kept):
            kept = None
        if kept is not None and (self.offline or self._is_good(kept)):
            self.reused_pages = True
            return kept
        headers = {"Accept": ACCEPT, **(kept.conditions() if kept else {})}
        try:
            reply = self.http.get(url, headers=headers, limit=PAGE_LIMIT)
        except TooLarge:
            raise _unusable(url, f"it is longer than {PAGE_LIMIT} bytes") from None
        except Unreachable as outage:
            if kept is None or kept.strict:
                raise
            self._tell(origin(url), f"{outage.message}; pages seen before are taken from the cache")
            return kept
        if kept is not None and reply.status == 304:
            return self._pages.renew(url, kept, reply.headers)
        if reply.status != 200 and not reply.missing:
            raise _unusable(url, f"the server answered with status {reply.status}")
        page = self._pages.page(reply)
        if condensed is not None and not page.missing:
            page = condensed(page)
        if may_be_kept(reply.headers):
            self._pages.keep(url, page)
        return page

    def _tell(self, server: str, notice: str) -> None:
        """Give a notice once for each server or index."""
        with self._lock:
            if server in self._told:
                return
            self._told.add(server)
        self._notice(notice)


def _is_condensed(page: Page) -> bool:
    return page.missing or page.content_type == LISTING


def _bare(url: str, credentials: dict[str, Credentials]) -> str:
    """`url` without credentials, which are noted for its origin."""
    if "://" not in url:
        return url
    bare, found = split_credentials(url)
    if found is not None:
        credentials.setdefault(origin(bare), found)
    return bare


def _is_there(link: str, notice: Callable[[str], None]) -> bool:
    """Whether a find-links place may be asked; a folder that is gone is told once, as by pip."""
    try:
        there = "://" in link or Path(link).exists()
    except OSError:  # a name that is too long, a folder closed to us
        there = False
    if not there:
        notice(f"find-links: {link} is not there, and is left out")
    return there


def _page_on_disk(path: Path) -> Page:
    try:
        body = path.read_bytes()
    except OSError as error:
        raise _unusable(path.as_uri(), error.strerror or "it cannot be read") from error
    return Page(url=path.as_uri(), missing=False, content_type="text/html", body=body)


def _parse(page: Page, url: str) -> list[Link]:
    try:
        return parse_page(page.body, content_type=page.content_type, url=page.url)
    except PageError as error:
        raise _unusable(url, str(error)) from error


def _unusable(url: str, why: str) -> IndexUnavailable:
    return IndexUnavailable(
        f"the page {shown(url)} cannot be used: {why}",
        hint="Check that this is the address of a simple index (--index-url, --extra-index-url).",
    )
