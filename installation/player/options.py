"""The options of a show in real time."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from installation.desk.desk import DeskOptions
from installation.rig.streams import Stream


@dataclass(frozen=True, slots=True)
class EngineOptions:
    """The inputs that a show listens to, and the files that it keeps.

    The show writes messages to `journal` before they take effect; with `resume` it may create the journal later, when
    the disk has room. `console_port` opens the console page; port 0 takes any free port. `any_console_port` takes
    another port if that one is in use. `reload` lets saved files take effect. `machine` names this machine if the rig
    has several. `blind` holds saved files back until somebody applies them. `streams` leave the machine. The show
    records all outputs in the folder `record`. A `hurried` player takes the place of one that has just ended: the
    screens are dark until its first picture, so it leaves for later whatever can wait.
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
    hurried: bool = False

    @property
    def incidents(self) -> Path | None:
        """The folder for incidents: beside the journal that the show resumes from; None if it does not resume."""
        return self.journal.parent / "incidents" if self.journal and self.resume else None


@dataclass(frozen=True, slots=True)
class LiveOptions:
    """The options of one run. `start` and `cue` say where to begin; `seconds` is how long to play, None = no limit.

    With `engine.resume` the show continues at the frame that its journal gives for the present time.
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
