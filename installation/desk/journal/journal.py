"""The journal: every message with its stamp, one JSON object a line, written before it takes effect.

A header names the score and the time of frame 0 on the machine's clocks. So a restarted player is at the right frame
with the same state, and an export can film an evening exactly. When an edited score takes over, a line names it and the
state of control at that moment, since the messages before were for another score.

When the journal of an unattended show becomes long, it begins again with such a line, and the player keeps the old one
beside it for a while. So a restart takes a moment, however many messages months bring.

The operating system gets a line before the player evaluates its frame, and the disk right after: see `append_log.py`.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from installation.desk.journal.append_log import AppendLog
from installation.desk.journal.journal_archive import archive
from installation.desk.journal.journal_lines import (
    ClockAnchor,
    JournalHeader,
    Succession,
    anchor_line,
    header_line,
    message_line,
    read_header,
    read_line,
    succession_line,
    succession_type,
)
from installation.errors import DeviceError, ScoreError
from installation.files import read_regular
from installation.owner import Owner
from installation.show.compiled_score import compiled
from installation.show.control import Control, Message, fold, initial_control
from installation.show.score import Score

logger = logging.getLogger(__name__)

MAX_READ_BYTES = 2**28
"""The longest journal that the player reads: two million messages."""

MAX_JOURNAL_BYTES = 2**20
"""At this size, some 8,000 messages, a journal begins again. A restart reads and applies these in 0.3 s."""

HOURS_SENDER = "hours"
"""The source, up to its colon, of messages from opening hours; a journal that begins again keeps the last of them."""


@dataclass(frozen=True, slots=True)
class Recording:
    """A journal's content. `messages` are those to the score that played last, `earlier` those to earlier scores.

    `succession` is the last score's takeover; None if there was none. `whole_bytes` is the length of all whole lines: a
    power cut may tear the last one. `anchor` is the latest: each start of the machine adds one. `left_out` counts lines
    that are damaged or do not fit.
    """

    header: JournalHeader
    messages: tuple[Message, ...]
    whole_bytes: int
    anchor: ClockAnchor
    succession: Succession | None = None
    earlier: tuple[Message, ...] = ()
    left_out: int = 0

    @property
    def score(self) -> str:
        """The digest of the score that played last."""
        return self.succession.score if self.succession else self.header.score

    @property
    def first_frame(self) -> int:
        """The first frame of the score that played last, as far as the journal tells."""
        return self.succession.frame if self.succession else 0

    def control(self, score: Score) -> Control:
        """The state after all messages; `score` is the one that played last."""
        control = self.succession.control if self.succession else initial_control(score)
        return fold(self.messages, control, compiled(score).course.apply)

    def epoch_now(self, wall_seconds: float, steady_seconds: float, boot: str) -> float:
        """The time of frame 0, in seconds since 1970 by the present wall clock.

        The show is always past its last message: if the machine's clock has lost its battery, it continues from there.
        """
        epoch = self.anchor.epoch_now(wall_seconds, steady_seconds, boot)
        last = max(
            (message.frame for message in self.messages), default=self.succession.frame if self.succession else -1
        )
        return min(epoch, wall_seconds - float((last + 1) / self.header.fps))


class Journal(Owner):
    """An open journal. It reports and counts failures of the disk; the show goes on, and the lines follow later.

    An `unattended` journal serves restarts: it waits for a disk that it cannot write yet, and begins again when it is
    long. Any other serves as a record, and keeps the whole evening.
    """

    def __init__(self, path: Path, header: JournalHeader, *, unattended: bool = False) -> None:
        """Begins a new journal; raises DeviceError if it cannot be written now, unless it is `unattended`."""
        self._unattended = unattended
        succession_type()  # make it now: there is no time at a takeover, between two frames
        try:
            self._log = AppendLog(path, patient=unattended)
        except OSError as error:
            way_out = "continue it with --resume, or name another file" if path.exists() else "name a file elsewhere"
            raise DeviceError(f"journal {path}: {error.strerror}; {way_out}") from None
        self._path, self._header, self._anchor = path, header, header.anchor
        self._last_hours_message: Message | None = None
        self._log.write(header_line(header).encode())

    @classmethod
    def resume(cls, path: Path, recording: Recording, anchor: ClockAnchor) -> Journal:
        """Continues a journal after its last whole line, unattended."""
        journal = cls.__new__(cls)
        journal._unattended = True
        succession_type()
        journal._path, journal._header, journal._anchor = path, recording.header, anchor
        journal._last_hours_message = _latest_of_hours((*recording.earlier, *recording.messages))
        journal._log = AppendLog(path, recording.whole_bytes, patient=True)
        if anchor != recording.anchor:
            journal._log.write(anchor_line(anchor).encode())
        return journal

    @property
    def failed_writes(self) -> int:
        return self._log.failed_writes

    def record(self, messages: Iterable[Message]) -> None:
        """Appends messages; returns when the operating system has taken the lines, or has refused them for now."""
        messages = tuple(messages)
        if messages:
            self._last_hours_message = _latest_of_hours(messages) or self._last_hours_message
            self._log.write("".join(map(message_line, messages)).encode())

    def succeed(self, succession: Succession) -> None:
        """Appends the takeover of an edited score: the following messages are for it."""
        self._log.write(succession_line(succession).encode())

    @property
    def needs_compaction(self) -> bool:
        """Whether the journal should begin again; after a failure it waits for as many messages more."""
        return self._unattended and self._log.size_bytes >= MAX_JOURNAL_BYTES * (1 + self._log.failed_compactions)

    def compact(self, succession: Succession, wall_seconds: float) -> None:
        """Begins again with the state after all messages so far, and archives these; see journal_archive.py.

        A thread does it. After a crash or a power cut at any moment, the journal leads to the same state.
        """
        header = replace(self._header, score=succession.score, title=succession.title, anchor=self._anchor)
        said = "" if self._last_hours_message is None else message_line(self._last_hours_message)
        head = header_line(header) + said + succession_line(succession)
        self._log.compact(head.encode(), partial(archive, self._path, wall_seconds))

    def close(self) -> None:
        """Makes everything durable; twice is fine."""
        self._log.close()


def read_journal(path: Path, *, forgiving: bool = False) -> Recording:
    """Reads a journal without a torn last line; any other damage raises ScoreError with its line.

    With `forgiving`, it logs damaged lines and leaves them out, because the show must go on.
    """
    try:
        data = read_regular(path, MAX_READ_BYTES)
    except OSError as error:
        raise ScoreError(f"journal {path}: {error.strerror}") from None
    whole_bytes = data.rfind(b"\n") + 1
    first, *lines = data[:whole_bytes].splitlines() or [b""]
    try:
        header = read_header(first)
    except ValueError as error:
        raise ScoreError(f"{path}:1: {error}") from None
    messages: list[Message] = []
    earlier: list[Message] = []
    left_out = 0
    succession: Succession | None = None
    anchor = header.anchor
    for number, line in enumerate(lines, start=2):
        try:
            said = read_line(line)
        except ValueError as error:
            damage = f"{path}:{number}: this line of the journal is damaged: {error}"
            if not forgiving:
                raise ScoreError(f"{damage}; delete it") from None
            logger.error("%s; it is left out", damage)
            left_out += 1
            continue
        match said:
            case ClockAnchor():
                anchor = said
            case Succession():
                succession = said
                earlier, messages = earlier + messages, []
            case Message():
                messages.append(said)
    return Recording(header, tuple(messages), whole_bytes, anchor, succession, tuple(earlier), left_out)


def check_score(recording: Recording, score: Score, path: Path) -> None:
    """Raises ScoreError if the journal was written for another score than this one."""
    title = recording.succession.title if recording.succession else recording.header.title
    if recording.score != score.digest or recording.header.fps != score.fps:
        raise ScoreError(
            f"journal {path}: written for '{title}' ({recording.score[:12]}) at "
            f"{recording.header.fps} fps, but this is '{score.title}' ({score.digest[:12]}) at {score.fps}; "
            "use the score as it was then, or begin a new journal"
        )


def _latest_of_hours(messages: Sequence[Message]) -> Message | None:
    return next((one for one in reversed(messages) if one.source.partition(":")[0] == HOURS_SENDER), None)
