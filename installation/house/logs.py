"""Rotating logs of house and player, with one record per line: JSON for machines, text for people."""

from __future__ import annotations

import io
import json
import logging
import logging.handlers
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from installation.errors import DeviceError, InstallationError
from installation.failures import FailureLog

FILE_BYTES = 5 * 2**20
FILES = 8
"""40 MB for each of the two logs: several months of a quiet house, a day of a very broken one."""

OWN_FIELDS = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime"}


class JsonLines(logging.Formatter):
    """One JSON object per record: `time` (UTC), `level`, `where`, `message`, the values of `extra`, `traceback`."""

    def format(self, record: logging.LogRecord) -> str:
        told: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "where": record.name,
            "message": record.getMessage(),
        }
        told |= {name: value for name, value in vars(record).items() if name not in OWN_FIELDS}
        if record.exc_info and record.exc_info[1] is not None:
            told["traceback"] = "".join(traceback.format_exception(record.exc_info[1]))
        return json.dumps(told, ensure_ascii=False, default=str)


class Readable(logging.Formatter):
    """For people: one line per record, in local time with its UTC offset, as in incidents."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:  # noqa: ARG002, N802  logging calls it so
        return datetime.fromtimestamp(record.created).astimezone().isoformat(" ", "milliseconds")


def _terminal() -> logging.Logger:
    """A logger for the terminal only, for errors of the log files themselves."""
    terminal = logging.Logger("terminal")
    terminal.addHandler(logging.StreamHandler())
    return terminal


class _Rotating(logging.handlers.RotatingFileHandler):
    """A log file whose disk may be full or read-only: lines that the disk refuses are lost and counted."""

    def __init__(self, path: Path, file_bytes: int, files: int, *, patient: bool) -> None:
        self.lost = 0
        self._is_refused = False
        self._failures = FailureLog(_terminal())
        super().__init__(path, maxBytes=file_bytes, backupCount=files - 1, delay=patient)

    def emit(self, record: logging.LogRecord) -> None:
        self._is_refused = False
        super().emit(record)
        if not self._is_refused:
            self._failures.succeeded(self.baseFilename)

    def _open(self) -> io.TextIOWrapper:
        # Unbuffered: a buffer that a full disk refuses would grow, and would fail again on close.
        raw = Path(self.baseFilename).open("ab", buffering=0)  # noqa: SIM115  logging closes it
        return io.TextIOWrapper(raw, encoding="utf-8", errors="backslashreplace", write_through=True)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802  the name is logging's
        error = sys.exc_info()[1]
        if not isinstance(error, OSError):
            super().handleError(record)
            return
        self.lost += 1
        self._is_refused = True
        why = f"{error.strerror}; the log continues here until that file can be written again"
        self._failures.failed(self.baseFilename, DeviceError(why))


@contextmanager
def log_to(
    folder: Path, name: str, *, patient: bool = False, file_bytes: int = FILE_BYTES, files: int = FILES
) -> Iterator[None]:
    """Write all records to `folder`/`name`.jsonl and .log during the block, and the error that ends the block.

    Raises DeviceError if the folder cannot be written at the beginning; with `patient`, it writes as soon as it can.
    """
    handlers: list[logging.Handler] = []
    root = logging.getLogger()
    try:
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            if not patient:
                raise _refused(folder, error) from None
        try:
            for suffix, formatter in ((".jsonl", JsonLines()), (".log", Readable())):
                path = folder / f"{name}{suffix}"
                handlers.append(_Rotating(path, file_bytes, files, patient=patient))
                handlers[-1].setFormatter(formatter)
        except OSError as error:
            raise _refused(folder, error) from None
        for handler in handlers:
            root.addHandler(handler)
        yield
    except InstallationError as error:  # the command prints it on the terminal
        record = root.makeRecord(__name__, logging.ERROR, "", 0, "ended: %s", (error,), None)
        for handler in handlers:
            handler.handle(record)
        raise
    except Exception as error:  # logged here, and raised again
        root.critical("ended by %s", type(error).__name__, exc_info=error)
        raise
    finally:
        for handler in handlers:
            root.removeHandler(handler)
            handler.close()


def _refused(folder: Path, error: OSError) -> DeviceError:
    return DeviceError(f"{folder}: {error.strerror}; name a folder for logs that can be written")
