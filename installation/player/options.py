"""The options of a show in real time."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from installation.desk.desk import DeskOptions
from installation.rig.streams import Stream


@dataclass(frozen=True, slots=True)
class EngineOptions:
    """What of the world outside a show listens to, and what it keeps.

    `journal` is where messages are written before they take effect; with `resume` it may be made later, when its disk
    has room. `console_port` opens the console page: port 0 takes any free one, and `any_console_port` does so where
    that port is taken. `reload` lets saved files take effect. `machine` is the name of this one, where the rig has
    several. With `blind` saved files are held back until somebody applies them. `streams` leave the machine; all that
    is shown is recorded in the folder `record`.
    """

    desk: DeskOptions = field(default_factory=DeskOptions)
    journal: Path | None = None
    resume: bool = False
    console_port: int | None = None
    any_console_port: bool = False
    reload: bool = True
    machine: str | None = None
    blind: bool = False
    streams: tuple[Stream, ...] = ()
    record: Path | None = None

    @property
    def incidents(self) -> Path | None:
        """Where a house keeps incidents: beside the journal that its show resumes from."""
        return self.journal.parent / "incidents" if self.journal and self.resume else None


@dataclass(frozen=True, slots=True)
class LiveOptions:
    """What was chosen for this run. `start` and `cue` say where to begin; `seconds` is how long to play, None = on.

    With `engine.resume` the show goes on where its journal says that it would be now.
    """

    engine: EngineOptions = field(default_factory=EngineOptions)
    headless: bool = False
    wide: bool = False
    full_screen: bool = False
    start: str | None = None
    cue: str | None = None
    seconds: float | None = None
    decoder: str | None = None
    report: Path | None = None
    hurried: bool = False
