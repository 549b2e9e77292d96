"""The journal: one row for each attempt at a port. With the artifacts on disk it is the truth.

SQLite in WAL mode (https://www.sqlite.org/wal.html): a reader (``porter status``) never waits for
a run. A row is written when its attempt begins and completed when it ends, so that a killed run
loses nothing but what it was in the midst of, and that is known by name.
"""

from __future__ import annotations

import sqlite3
import threading
import weakref
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock
from packaging.utils import NormalizedName

from porter.errors import SurroundingsError
from porter.run.attempt import (
    COLUMNS,
    INTERRUPTED,
    RUNNING,
    Attempt,
    Span,
    Tally,
    as_row,
    as_text,
    from_row,
    is_orphan,
)

_VERSION = 5
"""Of the schema; in the file as ``PRAGMA user_version``."""

_SCHEMA = f"""
BEGIN IMMEDIATE;
CREATE TABLE IF NOT EXISTS attempts (
    number      INTEGER PRIMARY KEY,
    port        TEXT NOT NULL,
    platform    TEXT NOT NULL,
    key         TEXT NOT NULL,
    inputs      TEXT NOT NULL,
    strategy    TEXT,
    engine      TEXT NOT NULL,
    outcome     TEXT NOT NULL,
    started     TEXT NOT NULL,
    seconds     REAL NOT NULL,
    cpu_seconds REAL,
    peak_memory INTEGER,
    phase       TEXT,
    reason      TEXT,
    rule        TEXT,
    hint        TEXT,
    context     TEXT NOT NULL,
    recall      TEXT NOT NULL,
    wheel       TEXT,
    sha256      TEXT,
    verified    TEXT NOT NULL,
    modules     INTEGER NOT NULL,
    tests       INTEGER NOT NULL,
    verified_on TEXT NOT NULL,
    grafted     TEXT NOT NULL,
    sizes       TEXT NOT NULL,
    parity      TEXT,
    warnings    TEXT NOT NULL,
    remarks     TEXT NOT NULL,
    log         TEXT,
    versions    TEXT NOT NULL,
    host        TEXT NOT NULL,
    owner       TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS attempts_by_port ON attempts (platform, port, number);
CREATE INDEX IF NOT EXISTS attempts_by_key ON attempts (key, number);
CREATE INDEX IF NOT EXISTS attempts_running ON attempts (number) WHERE outcome = '{RUNNING}';
CREATE TABLE IF NOT EXISTS phases (
    attempt INTEGER NOT NULL REFERENCES attempts (number),
    phase   TEXT NOT NULL,
    started TEXT NOT NULL,
    seconds REAL,
    PRIMARY KEY (attempt, phase)
) WITHOUT ROWID;
PRAGMA user_version = {_VERSION};
COMMIT;
"""

_OVER = f"outcome NOT IN ('{RUNNING}', '{INTERRUPTED}')"
_GOOD = f"{_OVER} AND outcome != 'failed'"
_MOVE_AWAY = "Move it away; porter then builds anew what it no longer remembers."


class Journal:
    """Attempts, oldest first. Every write is a transaction of its own; any thread may call.

    Raises `SurroundingsError` for a file that is no journal, or one of another version of porter.
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        # One connection for all threads: whoever closes the last one to a file waits for the disk
        # several times (17 ms on a plain SSD, where a write through an open one takes 0.02 ms).
        self._lock = threading.Lock()
        try:
            self._connection = sqlite3.connect(path, timeout=30, check_same_thread=False)
        except sqlite3.Error as error:
            raise SurroundingsError(f"the journal {path} cannot be opened: {error}") from error
        self._connection.row_factory = sqlite3.Row
        self._closing = weakref.finalize(self, self._connection.close)
        # Switching to WAL needs the file alone, and SQLite does not wait for that.
        with FileLock(f"{path}.lock"), self._transaction() as connection:
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

    def close(self) -> None:
        """Let go of the file; no method may be called after that."""
        self._closing()

    @contextmanager
    def _transaction(self, *, durable: bool = False) -> Iterator[sqlite3.Connection]:
        """A transaction; `durable`: on the disk at its end, so that a power loss spares it.

        Without that a power loss may take the last transactions back, and never halves one.
        """
        try:
            with self._lock:
                connection = self._connection
                connection.execute(f"PRAGMA synchronous={'FULL' if durable else 'NORMAL'}")
                with connection:
                    yield connection
        except sqlite3.DatabaseError as error:
            raise SurroundingsError(
                f"the journal {self._path} cannot be used: {error}",
                hint=_MOVE_AWAY,
            ) from error

    # --- writing ------------------------------------------------------------------------------

    def begin(self, attempt: Attempt) -> int:
        """Write an attempt that begins; return its number."""
        return self._insert(attempt, durable=False)

    def enter(self, number: int, phase: str) -> None:
        """Note that a running attempt enters a phase now; the one it was in is over."""
        now = datetime.now(UTC)
        with self._transaction() as connection:
            _leave(connection, number, now)
            connection.execute(
                "INSERT OR REPLACE INTO phases VALUES (?, ?, ?, NULL)",
                (number, phase, as_text(now)),
            )
            connection.execute("UPDATE attempts SET phase = ? WHERE number = ?", (phase, number))

    def leave(self, number: int) -> None:
        """Note that a running attempt's phase is over, and that it waits for the next."""
        with self._transaction() as connection:
            _leave(connection, number, datetime.now(UTC))

    def end(self, number: int, attempt: Attempt) -> None:
        """Complete a row: how its attempt ended. It is on disk when this returns."""
        changes = ", ".join(f"{name} = :{name}" for name in COLUMNS)
        row = {**as_row(attempt), "number": number}
        with self._transaction(durable=True) as connection:
            _leave(connection, number, datetime.now(UTC))
            connection.execute(f"UPDATE attempts SET {changes} WHERE number = :number", row)  # noqa: S608  # our own column names

    def add(self, attempt: Attempt) -> int:
        """Write an attempt that has begun and ended; it is on disk when this returns."""
        return self._insert(attempt, durable=True)

    def interrupt(self, numbers: Iterable[int]) -> None:
        """Note of attempts that are still running that they were broken off."""
        rows = [(INTERRUPTED, number, RUNNING) for number in numbers]
        with self._transaction() as connection:
            connection.executemany(
                "UPDATE attempts SET outcome = ? WHERE number = ? AND outcome = ?", rows
            )

    def bury(self) -> tuple[Attempt, ...]:
        """Note of every running attempt whose process is gone that it was interrupted.

        Returns those attempts.
        """
        with self._transaction() as connection:
            query = f"SELECT * FROM attempts WHERE outcome = '{RUNNING}' ORDER BY number"  # noqa: S608  # constant
            rows = [row for row in connection.execute(query) if is_orphan(row["owner"])]
        dead = tuple(map(from_row, rows))
        self.interrupt(attempt.number for attempt in dead)
        return dead

    def _insert(self, attempt: Attempt, *, durable: bool) -> int:
        columns = ", ".join(COLUMNS)
        values = ", ".join(f":{name}" for name in COLUMNS)
        with self._transaction(durable=durable) as connection:
            cursor = connection.execute(
                f"INSERT INTO attempts ({columns}) VALUES ({values})",  # noqa: S608  # our own column names
                as_row(attempt),
            )
        return int(cursor.lastrowid or 0)

    # --- one port, one key --------------------------------------------------------------------

    def success(self, key: str) -> Attempt | None:
        """The last attempt that came to a good end with this key, or None."""
        return self._last(f"key = ? AND {_GOOD}", key)

    def last_of_key(self, key: str) -> Attempt | None:
        """The last attempt with this key that came to an end of its own, good or bad, or None."""
        return self._last(f"key = ? AND {_OVER}", key)

    def last(self, port: str, platform: str) -> Attempt | None:
        """The last attempt at a port that came to an end of its own, or None."""
        return self._last(f"port = ? AND platform = ? AND {_OVER}", port, platform)

    def attempts(self, port: str) -> tuple[Attempt, ...]:
        """All attempts at a port, for any platform, oldest first."""
        return self._all("port = ? ORDER BY number", port)

    def attempts_by_name(self, name: NormalizedName) -> tuple[Attempt, ...]:
        """All attempts at any version of a package, oldest first."""
        return self._all("substr(port, 1, instr(port, '==') - 1) = ? ORDER BY number", name)

    # --- many at once -------------------------------------------------------------------------

    def lasts(self, platform: str) -> dict[str, Attempt]:
        """What `last` gives for every port of a platform, by port."""
        return self._of_each_port(platform, _OVER)

    def last_successes(self, platform: str) -> dict[str, Attempt]:
        """The last attempt that gave a port of a platform its wheel, whatever its key, by port."""
        return self._of_each_port(platform, _GOOD)

    def newest(self, platform: str) -> dict[str, Attempt]:
        """The last attempt at every port of a platform, whatever became of it, by port."""
        return self._of_each_port(platform, "TRUE")

    def running(self) -> tuple[Attempt, ...]:
        """The attempts under way at this moment, oldest first."""
        found = self._all(f"outcome = '{RUNNING}' ORDER BY number")
        return tuple(attempt for attempt in found if attempt.outcome == RUNNING)

    def failed(self) -> frozenset[str]:
        """The ports whose last attempt, for whatever platform, failed."""
        found = self._all(
            "outcome = 'failed' AND number IN (SELECT max(number) FROM attempts GROUP BY port)"
        )
        return frozenset(attempt.port for attempt in found)

    def spans(self, first: int = 0) -> tuple[Span, ...]:
        """The phases of all attempts from a number on, in the order they began."""
        query = "SELECT * FROM phases WHERE attempt >= ? ORDER BY started, attempt"
        with self._transaction() as connection:
            rows = connection.execute(query, (first,)).fetchall()
        return tuple(
            Span(
                row["attempt"], row["phase"], datetime.fromisoformat(row["started"]), row["seconds"]
            )
            for row in rows
        )

    def ports_of(self, owner: str) -> dict[int, str]:
        """The ports a process attempted, by the attempt's number."""
        query = "SELECT number, port FROM attempts WHERE owner = ?"
        with self._transaction() as connection:
            return {row["number"]: row["port"] for row in connection.execute(query, (owner,))}

    def state(self) -> str:
        """A text that is another one after any attempt that began, ended or was interrupted."""
        query = "SELECT outcome, max(number), count(*) FROM attempts GROUP BY outcome ORDER BY 1"
        with self._transaction() as connection:
            rows = connection.execute(query).fetchall()
        return " ".join(":".join(map(str, row)) for row in rows)

    def durations(self) -> dict[str, float]:
        """Seconds the last build of each package took, by project name, whatever the version."""
        query = "SELECT port, seconds FROM attempts WHERE outcome = 'built' ORDER BY number"
        with self._transaction() as connection:
            rows = connection.execute(query).fetchall()
        return {row["port"].partition("==")[0]: row["seconds"] for row in rows}

    def earlier_builds(self, platform: str) -> dict[str, float]:
        """Seconds of the last build of each port that is not its newest attempt, by port."""
        query = (
            "SELECT port, seconds, max(number) FROM ("
            "SELECT *, max(number) OVER (PARTITION BY port) AS newest FROM attempts "
            "WHERE platform = ?) WHERE outcome = 'built' AND number < newest GROUP BY port"
        )
        with self._transaction() as connection:
            rows = connection.execute(query, (platform,)).fetchall()
        return {row["port"]: row["seconds"] for row in rows}

    def runs(self, most: int) -> tuple[Tally, ...]:
        """The last runs, oldest first."""
        times = (
            "SELECT owner, min(started) AS started, "
            "max((julianday(started) - julianday('1970-01-01')) * 86400 + seconds) AS ended "
            "FROM attempts GROUP BY owner ORDER BY max(number) DESC LIMIT ?"
        )
        outcomes = (
            "SELECT owner, outcome, count(*) AS ports FROM attempts WHERE number IN "
            "(SELECT max(number) FROM attempts GROUP BY owner, platform, port) "
            "GROUP BY owner, outcome"
        )
        with self._transaction() as connection:
            found = connection.execute(times, (most,)).fetchall()
            counted = connection.execute(outcomes).fetchall()
        ports: dict[str, dict[str, int]] = {row["owner"]: {} for row in found}
        for row in counted:
            if row["owner"] in ports:
                ports[row["owner"]][row["outcome"]] = row["ports"]
        return tuple(_tally(row, ports[row["owner"]]) for row in reversed(found))

    def _of_each_port(self, platform: str, condition: str) -> dict[str, Attempt]:
        found = self._all(
            "number IN (SELECT max(number) FROM attempts "  # noqa: S608  # constants of this module
            f"WHERE platform = ? AND {condition} GROUP BY port)",
            platform,
        )
        return {attempt.port: attempt for attempt in found}

    def _all(self, where: str, *values: str) -> tuple[Attempt, ...]:
        query = f"SELECT * FROM attempts WHERE {where}"  # noqa: S608  # constants of this class
        with self._transaction() as connection:
            rows = connection.execute(query, values).fetchall()
        return tuple(from_row(row) for row in rows)

    def _last(self, where: str, *values: str) -> Attempt | None:
        found = self._all(f"{where} ORDER BY number DESC LIMIT 1", *values)
        return found[0] if found else None


def _tally(row: sqlite3.Row, ports: dict[str, int]) -> Tally:
    started = datetime.fromisoformat(row["started"])
    ended = float(row["ended"])
    if RUNNING in ports:
        if is_orphan(row["owner"]):
            ports[INTERRUPTED] = ports.get(INTERRUPTED, 0) + ports.pop(RUNNING)
        else:
            ended = datetime.now(UTC).timestamp()
    return Tally(row["owner"], started, max(ended - started.timestamp(), 0.0), ports)


def _leave(connection: sqlite3.Connection, number: int, now: datetime) -> None:
    """Close the phase an attempt is in."""
    connection.execute(
        "UPDATE phases SET seconds = (julianday(?) - julianday(started)) * 86400 "
        "WHERE attempt = ? AND seconds IS NULL",
        (as_text(now), number),
    )
