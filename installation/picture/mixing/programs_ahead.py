"""Programs that the player had no time to compile before the first frame: another process compiles them during the
show.

A driver keeps compiled programs on disk, for every process. A new compilation stops the show for half a second; loading
a program from disk costs a frame or none (llvmpipe, AMD EPYC).
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress

from installation.owner import Owner
from installation.picture.mixing.chains import Chain
from installation.picture.thread_priority import NICENESS
from installation.systems import lower_priority

EVERY_FRAMES = 15
"""How many frames lie between two programs: if each costs a frame, they do not add up to one long hitch."""


class ProgramsAhead(Owner):
    """`left` draws with one more program at each step; None if all have been drawn with.

    Owns a process that first compiles the programs of a show with these chains of effects, if `compiled_for` names
    them; without it, the driver has all programs on disk.
    """

    def __init__(self, left: Iterator[None] | None = None, *, compiled_for: Sequence[Chain] | None = None) -> None:
        self._left = left
        self._process: subprocess.Popen[bytes] | None = None
        if compiled_for is None:
            return
        with suppress(OSError):  # no memory for a process: the driver compiles programs when they are needed
            command = (sys.executable, "-m", "installation.commands.processes.programs", json.dumps(compiled_for))
            self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        if self._process is not None:
            lower_priority(self._process.pid, NICENESS)

    def look(self, frame_number: int) -> None:
        """Draw with the next program, if there is one and it is due; call this after every frame."""
        if frame_number % EVERY_FRAMES == 0:
            self.step()

    def step(self) -> bool:
        """Draw with the next program, if there is one and it is compiled. Returns whether none is left."""
        is_compiled = self._process is None or self._process.poll() is not None
        if is_compiled and self._left is not None and next(self._left, self) is self:
            self._left = None
        return self._left is None

    def close(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None
        self._left = None
