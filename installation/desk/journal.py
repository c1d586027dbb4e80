"""The journal: every message with its stamp, one JSON object a line, written before it takes effect.

A header names the score and the show's epoch; with it, a restarted player is at the right frame with the same state,
and an evening can be filmed exactly as it was. Lines are flushed to the operating system before the frame is
evaluated, which survives a crash of the player; a thread makes them durable on the disk right after (fsync), which
survives a power cut but for the last few milliseconds. The frame does not wait for the disk: see `bench.py`.
"""

from __future__ import annotations

import json
import logging
import math
import os
import threading
from collections.abc import Iterable
from dataclasses import dataclass, fields
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Any, get_args

from installation.errors import DeviceError, ScoreError
from installation.show.control import Message, MessageKind
from installation.show.score import Score

logger = logging.getLogger(__name__)

FORMAT = 1

_DEFAULTS = {field.name: field.default for field in fields(Message)}


@dataclass(frozen=True, slots=True)
class Header:
    """The first line. `show_epoch` is when frame 0 was due, in seconds since 1970; `score` is the score's digest."""

    score: str
    title: str
    fps: Fraction
    show_epoch: float

    @staticmethod
    def of(score: Score, show_epoch: float) -> Header:
        return Header(score.digest, score.title, score.fps, show_epoch)

    def frame_at(self, now: float) -> int:
        """The frame that is due at a time in seconds since 1970."""
        return max(0, int(Fraction(now - self.show_epoch) * self.fps))


@dataclass(frozen=True, slots=True)
class Recording:
    """What a journal says. `whole_bytes` is how much of the file is whole lines: a power cut may tear the last one."""

    header: Header
    messages: tuple[Message, ...]
    whole_bytes: int


class Journal:
    """An open journal. `record` flushes; a disk that fails is logged once and counted, and the show goes on."""

    def __init__(self, path: Path, header: Header) -> None:
        """Begins a new journal; raises DeviceError where it cannot be written."""
        self._open(path, "xb")
        self._write(_header_line(header))

    @classmethod
    def resume(cls, path: Path, recording: Recording) -> Journal:
        """Goes on behind the last whole line of a journal."""
        journal = cls.__new__(cls)
        journal._open(path, "r+b")
        journal._file.seek(recording.whole_bytes)
        journal._file.truncate()
        return journal

    def record(self, messages: Iterable[Message]) -> None:
        """Appends and flushes; returns when the operating system has the lines."""
        lines = "".join(map(message_line, messages))
        if lines:
            self._write(lines)

    def close(self) -> None:
        """Makes everything durable."""
        if self._file.closed:
            return
        self._closing = True
        self._written.set()
        self._thread.join()
        self._file.close()

    def __enter__(self) -> Journal:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _open(self, path: Path, mode: str) -> None:
        try:
            self._file = path.open(mode)
        except OSError as error:
            way_out = "continue it with --resume, or name another file" if path.exists() else "name a file elsewhere"
            raise DeviceError(f"journal {path}: {error.strerror}; {way_out}") from None
        self.failed_writes = 0
        self._closing = False
        self._written = threading.Event()
        self._thread = threading.Thread(target=self._make_durable, name="journal", daemon=True)
        self._thread.start()

    def _write(self, lines: str) -> None:
        try:
            self._file.write(lines.encode())
            self._file.flush()
        except OSError as error:
            self._count_failure(error)
        self._written.set()

    def _make_durable(self) -> None:
        closing = False
        while not closing:
            self._written.wait()
            self._written.clear()
            closing = self._closing
            try:
                os.fsync(self._file.fileno())
            except OSError as error:
                self._count_failure(error)

    def _count_failure(self, error: OSError) -> None:
        self.failed_writes += 1
        if self.failed_writes == 1:
            logger.error("journal: %s; the show goes on without it, further failures are counted", error)


def message_line(message: Message) -> str:
    """One message as a line; what a message has by default is left out."""
    values = ((name, getattr(message, name)) for name in _DEFAULTS)
    return json.dumps({name: value for name, value in values if value != _DEFAULTS[name]}, allow_nan=False) + "\n"


def read_journal(path: Path) -> Recording:
    """Reads a journal back without a torn last line; whatever else is wrong raises ScoreError with its line."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ScoreError(f"journal {path}: {error.strerror}") from None
    whole_bytes = data.rfind(b"\n") + 1
    header_line, *lines = data[:whole_bytes].splitlines() or [b""]
    try:
        header = _header(json.loads(header_line))
    except (ValueError, KeyError, TypeError, ZeroDivisionError):
        raise ScoreError(f"{path}:1: this is no journal of format {FORMAT}") from None
    messages = []
    for number, line in enumerate(lines, start=2):
        try:
            messages.append(_message(json.loads(line)))
        except (ValueError, TypeError) as error:
            raise ScoreError(f"{path}:{number}: this line of the journal is damaged: {error}; delete it") from None
    return Recording(header, tuple(messages), whole_bytes)


def check_score(recording: Recording, score: Score, path: Path) -> None:
    """Raises ScoreError if the journal was written for another score than this one."""
    if recording.header.score != score.digest or recording.header.fps != score.fps:
        raise ScoreError(
            f"journal {path}: written for '{recording.header.title}' ({recording.header.score[:12]}) at "
            f"{recording.header.fps} fps, but this is '{score.title}' ({score.digest[:12]}) at {score.fps}; "
            "use the score as it was then, or begin a new journal"
        )


def _message(values: dict[str, Any]) -> Message:
    message = Message(**values)
    if message.kind not in get_args(MessageKind):
        raise ValueError(f"kind {message.kind!r} is not known")
    numbers = (message.frame, message.sequence, message.value, message.fade_seconds, message.release_seconds)
    if not all(isinstance(number, int | float) and math.isfinite(number) for number in numbers):
        raise ValueError("a number is missing or not finite")
    return message


def _header_line(header: Header) -> str:
    values: dict[str, Any] = {"journal": FORMAT, "score": header.score, "title": header.title}
    return json.dumps(values | {"fps": str(header.fps), "show_epoch": header.show_epoch}) + "\n"


def _header(values: dict[str, Any]) -> Header:
    if values["journal"] != FORMAT:
        raise ValueError(f"format {values['journal']}")
    return Header(str(values["score"]), str(values["title"]), Fraction(values["fps"]), float(values["show_epoch"]))
