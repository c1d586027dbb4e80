"""A separate process that reads scores, so that a large score takes no time from the frames.

Reading is plain Python: a thread that reads takes half of the interpreter's time from every frame. The process is
`python -m installation.commands.processes.reader`; it ends when its standard input closes.
"""

from __future__ import annotations

import logging
import pickle
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path

from installation.errors import InstallationError
from installation.owner import Owner
from installation.picture.thread_priority import NICENESS
from installation.score import reader
from installation.score.reader import CheckResult
from installation.systems import lower_priority

log = logging.getLogger(__name__)


class ReaderProcess(Owner):
    """Owns the process. `start` or the first `check` starts it, and starts it again if it has ended.

    Only one thread may call `check`; close the reader after that thread has ended.
    """

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._changing = threading.Lock()
        self._closed = False

    def start(self) -> None:
        """Start the process unless it runs; it needs about half a second until it can read."""
        with self._changing:
            if self._closed or (self._process is not None and self._process.poll() is None):
                return
            self._end()
            command = (sys.executable, "-m", "installation.commands.processes.reader")
            with suppress(OSError):  # no memory for it: `check` does without
                self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
            if self._process is not None:
                lower_priority(self._process.pid, NICENESS)

    def check(self, path: Path, home: Path | None = None) -> CheckResult:
        """See score.reader.check. If the process fails, this thread reads, and the next score gets a new process."""
        self.start()
        try:
            told = self._asked(path, home)
        except (OSError, EOFError, pickle.UnpicklingError) as error:
            log.warning(
                "the process that reads scores has failed (%s); the player reads scores itself", error or "ended"
            )
            with self._changing:
                self._end()
            return reader.check(path, home=home)
        if isinstance(told, InstallationError):
            raise told
        return told

    def _asked(self, path: Path, home: Path | None) -> CheckResult | InstallationError:
        if self._process is None:
            raise EOFError("it could not be started")
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        pickle.dump((path, home), self._process.stdin)
        self._process.stdin.flush()
        told: CheckResult | InstallationError = pickle.load(self._process.stdout)
        return told

    def _end(self) -> None:
        if self._process is None:
            return
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            with suppress(OSError):  # data that is not written yet has no reader any more
                assert pipe is not None
                pipe.close()
        self._process = None

    def close(self) -> None:
        with self._changing:
            self._closed = True
            self._end()
