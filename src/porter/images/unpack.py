"""Unpack a root filesystem from a tar, trusting nothing in it.

The standard library's extraction filters would refuse the absolute symlinks every root has, and
are missing from the first releases of Python 3.11, so the few member types are written here.
"""

from __future__ import annotations

import os
import posixpath
import shutil
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import IO

from porter.errors import ImageError

Keep = Callable[[str], bool]
"""Whether a member, given by its path relative to the root, is wanted."""


def unpack(source: IO[bytes], folder: Path, *, keep: Keep, over: bool = False) -> None:
    """Write the tar's folders, files and links below `folder`.

    It must be empty, or, with `over`, a root unpacked by this function: then folders that are
    there are kept as they are (a link to one, such as ``/lib`` of a merged ``/usr``, is followed),
    and files are replaced, never written into.

    Devices, pipes and setuid bits are left out, and nobody's ownership is kept. Symlinks are made
    relative and stay inside: what follows them on this machine (a compiler with ``--sysroot``)
    ends where the target would. Raises `ImageError` for a tar that is damaged or tries to write
    outside.
    """
    try:
        with tarfile.open(fileobj=source, mode="r|*") as archive:
            writer = _Writer(folder, archive, over=over)
            for member in archive:
                path = _inside(member.name)
                if path and keep(path):
                    writer.write(member, writer.physical(path))
    except (tarfile.TarError, EOFError) as error:
        raise ImageError(f"the root filesystem's tar is damaged: {error}") from error


def _inside(name: str) -> str:
    """Path relative to the root; the root's parent is the root itself, as in the kernel."""
    return posixpath.normpath("/" + name).lstrip("/")


class _Writer:
    """Writes members into folders it made itself, so that no link can lead it astray."""

    def __init__(self, folder: Path, archive: tarfile.TarFile, *, over: bool) -> None:
        self._folder = folder
        self._archive = archive
        self._over = over
        self._folders = {""}
        self._files: set[str] = set()

    def write(self, member: tarfile.TarInfo, path: str) -> None:
        if member.isdir():
            if self._make_folder(path):
                (self._folder / path).chmod((member.mode & 0o777) | 0o700)
        elif member.isreg():
            self._write_file(member, self._place(path))
            self._files.add(path)
        elif member.issym():
            self._place(path).symlink_to(relative_link(path, member.linkname))
        elif member.islnk():
            self._link(path, self.physical(_inside(member.linkname)))

    def physical(self, path: str) -> str:
        """Where a path lies when its first folder is a link, as ``/lib`` with a merged ``/usr``."""
        top, _, rest = path.partition("/")
        if not (self._over and rest and (self._folder / top).is_symlink()):
            return path
        return posixpath.normpath(f"{(self._folder / top).readlink()}/{rest}")

    def _make_folder(self, path: str) -> bool:
        """Have a folder; False where an earlier tar made it."""
        if path in self._folders:
            return True
        self._make_folder(posixpath.dirname(path))
        place = self._folder / path
        # Links an earlier tar made stay inside (see `relative_link`).
        if self._over and path not in self._files and place.is_dir():
            return False
        try:
            place.mkdir()
        except FileExistsError:
            raise ImageError(f"the root filesystem's tar writes through a link: {path}") from None
        self._folders.add(path)
        return True

    def _place(self, path: str) -> Path:
        """Where a file or link goes; one of that name from an earlier member is replaced."""
        self._make_folder(posixpath.dirname(path))
        if path in self._folders:
            raise ImageError(f"the root filesystem's tar has a folder and a file named {path}")
        self._files.discard(path)
        place = self._folder / path
        place.unlink(missing_ok=True)
        return place

    def _write_file(self, member: tarfile.TarInfo, place: Path) -> None:
        content = self._archive.extractfile(member)
        if content is None:
            raise ImageError(f"the root filesystem's tar lacks the content of {member.name}")
        with place.open("xb") as out:
            shutil.copyfileobj(content, out, 1024 * 1024)
        place.chmod((member.mode & 0o777) | 0o400)
        os.utime(place, (member.mtime, member.mtime))

    def _link(self, path: str, target: str) -> None:
        if target not in self._files:
            raise ImageError(f"the root filesystem's tar links {path} to {target}, which it lacks")
        os.link(self._folder / target, self._place(path))
        self._files.add(path)


def relative_link(path: str, target: str) -> str:
    """What a symlink at `path` has to say to mean `target` of the same root, and never leave it.

    >>> relative_link("usr/lib/libm.so", "/lib/libm.so.6")
    '../../lib/libm.so.6'
    """
    folder = posixpath.dirname(path)
    meant = _inside(posixpath.join("/", folder, target))
    return posixpath.relpath("/" + meant, "/" + folder)
