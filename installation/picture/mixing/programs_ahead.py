"""Programs that there was no time to compile before the first frame: another process compiles them beside the show.

A driver keeps what it has compiled on disk, for every process. Compiled anew, a program stops the show for half a
second; from the disk it takes a frame or none (llvmpipe, AMD EPYC).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress

from installation.owner import Owner
from installation.picture.mixing.chains import Chain
from installation.picture.thread_priority import NICENESS

EVERY_FRAMES = 15
"""So seldom one of them is taken up, so that those which take a frame are not one hitch together."""


class ProgramsAhead(Owner):
    """Owns the process. `left` takes up one program whenever it is asked for the next, until none is left; None where
    there was time for all. `chains` are those of the show."""

    def __init__(self, left: Iterator[None] | None, chains: Sequence[Chain] = ()) -> None:
        self._left = left
        self._process: subprocess.Popen[bytes] | None = None
        if left is None:
            return
        with suppress(OSError):  # no memory for it: programs are compiled when they are needed
            command = (sys.executable, "-m", "installation.commands.processes.programs", json.dumps(chains))
            self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        if self._process is not None:
            with suppress(AttributeError, OSError):  # only Unix has it, and a sandbox may refuse
                os.setpriority(os.PRIO_PROCESS, self._process.pid, NICENESS)

    def look(self, frame_number: int) -> None:
        """Take up a program, if there is one and its time has come; call it after every frame."""
        if self._left is None or frame_number % EVERY_FRAMES:
            return
        if self._process is not None and self._process.poll() is None:
            return
        if next(self._left, self) is self:
            self._left = None

    def close(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None
        self._left = None
