"""The record of a crash: one file with everything that a person needs to understand it the next day."""

from __future__ import annotations

import json
import logging
import platform
import signal
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from installation.errors import DeviceError
from installation.files import next_path, oldest_first, write_atomically

logger = logging.getLogger(__name__)

MAX_INCIDENTS = 200
"""The newest are kept; each has at most some 100 kB."""

MAX_REASON_CHARACTERS = 300
"""The length of a reason in the log: the rest is in the file."""

IncidentKind = Literal["crash", "hang", "no start", "asked to end", "edit"]


@dataclass(frozen=True, slots=True)
class Incident:
    """An unrequested end of the player. `exit_code` is negative for the signal that ended it.

    `frame` is the last frame that the player reported, `score` the digest in the journal. `output` is the end of
    standard error: the traceback, or after a hang the tracebacks of all threads.
    """

    kind: IncidentKind
    wall_seconds: float
    exit_code: int
    ran_seconds: float
    frame: int | None
    command: tuple[str, ...]
    output: str
    score: str | None = None
    journal_tail: tuple[str, ...] = ()

    @property
    def sentence(self) -> str:
        """One line for the log."""
        frame = "before its first frame" if self.frame is None else f"at frame {self.frame}"
        why = f": {self.last_words}" if self.kind == "crash" and self.exit_code > 0 and self.last_words else ""
        return f"the player {self._how} {frame} after {self.ran_seconds:.1f} s{why}"

    @property
    def last_words(self) -> str:
        """The last line of the output, in which an error names itself."""
        said = self.output.strip().splitlines()
        return said[-1][-MAX_REASON_CHARACTERS:] if said else ""

    def is_like(self, other: Incident | None) -> bool:
        """Whether this is another failure of the same start for the same reason."""
        return (
            other is not None
            and self.frame is None
            and other.frame is None
            and (self.kind, self.exit_code, self.last_words) == (other.kind, other.exit_code, other.last_words)
        )

    @property
    def _how(self) -> str:
        if self.kind == "hang":
            return "hung and was ended"
        if self.kind == "edit":
            return "failed unexpectedly on a saved edit, and played on"
        if self.kind == "no start":
            return "showed no picture and was ended"
        if self.kind == "asked to end":
            return "was asked to end, by a signal that was not the house's, and did so"
        if self.exit_code >= 0:
            return f"ended with exit code {self.exit_code}"
        try:
            return f"was ended by {signal.Signals(-self.exit_code).name}"
        except ValueError:  # a real-time signal has no name
            return f"was ended by signal {-self.exit_code}"


def write_incident(folder: Path, incident: Incident) -> Path | None:
    """Write an incident file, and delete the oldest if there are too many; None if the disk refuses it."""
    when = datetime.fromtimestamp(incident.wall_seconds, UTC)
    path = next_path(folder, "incident", ".json", incident.wall_seconds)
    told = {"time": when.isoformat(), "what": incident.sentence} | asdict(incident)
    told["output"] = incident.output.splitlines()  # people read it, too
    told["machine"] = {"host": platform.node(), "system": platform.platform(), "python": platform.python_version()}
    try:
        text = json.dumps(told, indent=2, ensure_ascii=False) + "\n"
        content = text.encode("utf-8", errors="backslashreplace")  # file names may not be valid text
        write_atomically(path, content, make_folder=True)
        for old in oldest_first(folder.glob("incident-*.json"))[:-MAX_INCIDENTS]:
            old.unlink()
    except (OSError, DeviceError) as error:
        logger.error("%s; this incident is only in the log", error)
        return None
    return path
