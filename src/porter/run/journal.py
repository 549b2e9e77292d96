"""The journal: one row for each attempt at a port. With the artifacts on disk it is the truth.

SQLite in WAL mode (https://www.sqlite.org/wal.html): a reader (``porter status``) never waits for
a run, and a killed run loses at most the row it was writing.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock
from packaging.utils import NormalizedName

from porter.errors import SurroundingsError

_VERSION = 2
"""Of the schema; in the file as ``PRAGMA user_version``."""

_SCHEMA = f"""
BEGIN IMMEDIATE;
CREATE TABLE IF NOT EXISTS attempts (
    number    INTEGER PRIMARY KEY,
    port      TEXT NOT NULL,
    key       TEXT NOT NULL,
    inputs    TEXT NOT NULL,
    strategy  TEXT,
    engine    TEXT NOT NULL,
    outcome   TEXT NOT NULL,
    phase     TEXT,
    reason    TEXT,
    wheel     TEXT,
    sha256    TEXT,
    verified  TEXT NOT NULL,
    modules   INTEGER NOT NULL,
    tests     INTEGER NOT NULL,
    grafted   TEXT NOT NULL,
    warnings  TEXT NOT NULL,
    remarks   TEXT NOT NULL,
    started   TEXT NOT NULL,
    seconds   REAL NOT NULL,
    log       TEXT
);
CREATE INDEX IF NOT EXISTS attempts_by_port ON attempts (port, number);
CREATE INDEX IF NOT EXISTS attempts_by_key ON attempts (key, number);
PRAGMA user_version = {_VERSION};
COMMIT;
"""

_JSON = ("inputs", "warnings", "remarks", "grafted")
"""Columns that hold JSON."""
_MOVE_AWAY = "Move it away; porter then builds anew what it no longer remembers."


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt at a port: what went in, how it ended."""

    port: str
    """Node id."""
    key: str
    """``sha256:…`` over everything that can change the output."""
    inputs: dict[str, object]
    """What the key was made of, in the clear: answers "why was it rebuilt?"."""
    strategy: str | None
    engine: str
    outcome: str
    """``built`` or ``failed``; ``available`` for an index's wheel that was only verified, and
    ``cached`` for a finished one that was verified further."""
    started: datetime
    seconds: float
    phase: str | None = None
    reason: str | None = None
    wheel: str | None = None
    """File name."""
    sha256: str | None = None
    verified: str = "none"
    modules: int = 0
    tests: int = 0
    grafted: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    """Those of the warnings that come from making the wheel: they stay true when it is verified
    again."""
    log: str | None = None
    """Path relative to the workspace."""


class Journal:
    """Attempts, oldest first. Every write is a transaction of its own.

    Raises `SurroundingsError` for a file that is no journal, or one of another version of porter.
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        # Switching to WAL needs the file alone, and SQLite does not wait for that.
        with FileLock(f"{path}.lock"), self._connection() as connection:
            connection.execute("PRAGMA journal_mode=WAL")
            # Asked in this order: another process may make the table, with its version, meanwhile.
            if connection.execute("SELECT 1 FROM sqlite_master").fetchone():
                self._check_version(connection)
            else:
                connection.executescript(_SCHEMA)

    def _check_version(self, connection: sqlite3.Connection) -> None:
        (found,) = connection.execute("PRAGMA user_version").fetchone()
        if found != _VERSION:
            raise SurroundingsError(
                f"the journal {self._path} is of another version of porter "
                f"(schema {found}, not {_VERSION})",
                hint=_MOVE_AWAY,
            )

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        # One short-lived connection per call: no connection crosses a thread or a kill.
        try:
            connection = sqlite3.connect(self._path, timeout=30)
        except sqlite3.Error as error:
            raise SurroundingsError(
                f"the journal {self._path} cannot be opened: {error}"
            ) from error
        try:
            connection.row_factory = sqlite3.Row
            with connection:
                yield connection
        except sqlite3.DatabaseError as error:
            raise SurroundingsError(
                f"the journal {self._path} cannot be used: {error}",
                hint=_MOVE_AWAY,
            ) from error
        finally:
            connection.close()

    def add(self, attempt: Attempt) -> None:
        """Write one attempt; it is on disk when this returns."""
        row = {
            name: getattr(attempt, name)
            for name in Attempt.__dataclass_fields__
            if name != "started"
        }
        for name in _JSON:
            row[name] = json.dumps(row[name], sort_keys=True)
        row["started"] = attempt.started.astimezone(UTC).isoformat()
        columns = ", ".join(row)
        values = ", ".join(f":{name}" for name in row)
        with self._connection() as connection:
            connection.execute(f"INSERT INTO attempts ({columns}) VALUES ({values})", row)  # noqa: S608  # our own column names

    def success(self, key: str) -> Attempt | None:
        """The last attempt that came to a good end with this key, or None."""
        return self._last("key = ? AND outcome != 'failed'", key)

    def last(self, port: str) -> Attempt | None:
        """The last attempt at a port, or None."""
        return self._last("port = ?", port)

    def last_success(self, port: str) -> Attempt | None:
        """The last attempt that built a port, whatever its key, or None."""
        return self._last("port = ? AND outcome != 'failed'", port)

    def attempts(self, port: str) -> tuple[Attempt, ...]:
        """All attempts at a port, oldest first."""
        return self._all("port = ?", port)

    def attempts_by_name(self, name: NormalizedName) -> tuple[Attempt, ...]:
        """All attempts at any version of a package, oldest first."""
        return self._all("substr(port, 1, instr(port, '==') - 1) = ?", name)

    def durations(self) -> dict[str, float]:
        """Seconds the last build of each package took, by project name, whatever the version."""
        query = "SELECT port, seconds FROM attempts WHERE outcome = 'built' ORDER BY number"
        with self._connection() as connection:
            rows = connection.execute(query).fetchall()
        return {row["port"].partition("==")[0]: row["seconds"] for row in rows}

    def _all(self, where: str, value: str) -> tuple[Attempt, ...]:
        query = f"SELECT * FROM attempts WHERE {where} ORDER BY number"  # noqa: S608  # constant
        with self._connection() as connection:
            rows = connection.execute(query, (value,)).fetchall()
        return tuple(_attempt(row) for row in rows)

    def _last(self, where: str, value: str) -> Attempt | None:
        query = f"SELECT * FROM attempts WHERE {where} ORDER BY number DESC LIMIT 1"  # noqa: S608  # constant
        with self._connection() as connection:
            row = connection.execute(query, (value,)).fetchone()
        return None if row is None else _attempt(row)


def _attempt(row: sqlite3.Row) -> Attempt:
    values = {name: row[name] for name in Attempt.__dataclass_fields__}
    for name in _JSON:
        values[name] = json.loads(values[name])
    for name in ("warnings", "remarks", "grafted"):
        values[name] = tuple(values[name])
    values["started"] = datetime.fromisoformat(values["started"])
    return Attempt(**values)
