"""Records in the embedded queue's file when each scheduled job last ran, so that a restart knows what it missed."""

from runtimes.local.sqlite_file import SqliteFile


class JobRuns:
    """The last run of each job. Methods raise Unavailable. Times are in seconds since 1970."""

    def __init__(self, file: SqliteFile) -> None:
        self._file = file

    def last(self, name: str) -> float | None:
        """Return when the last run began that ended, or when the job was first seen; None for a new job."""
        with self._file.transaction() as connection:
            row = connection.execute("SELECT started_at FROM job_run WHERE name = ?", (name,)).fetchone()
        return None if row is None else float(row[0])

    def record(self, name: str, started_at: float) -> None:
        """Record a run that has ended."""
        with self._file.transaction() as connection:
            connection.execute("INSERT OR REPLACE INTO job_run VALUES (?, ?)", (name, started_at))
