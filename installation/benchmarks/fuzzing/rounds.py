"""A round: inputs of one format, each fed to its reader under supervision, and the figures of the results."""

from __future__ import annotations

import logging
import signal
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from installation.errors import InstallationError

BUSY_SECONDS = 2.0
"""Of processor time for one input: what takes longer would stall a show."""

WAITING_SECONDS = 30.0
"""By the wall: what a reader waits for that never comes. A machine with other work is slow, but not so slow."""


@dataclass(frozen=True, slots=True)
class Reader:
    """One format while a round goes on.

    `make` makes an input from chance alone; `read` feeds it to the reader and returns whether it was taken. It may
    raise an InstallationError, which names `place` if that is given: the file that the input was written into.
    """

    make: Callable[[Random], bytes]
    read: Callable[[bytes], bool]
    place: Path | None = None


Format = Callable[[Path], AbstractContextManager[Reader]]
"""Opens a reader that keeps its files in a folder."""


@dataclass(slots=True)
class Escape:
    """One unforeseen outcome: the sentence and number of the first input that caused it, and how many did."""

    sentence: str
    first_input: int
    inputs: int = 0


@dataclass(slots=True)
class Figures:
    """Of one round. Each input is accepted, refused or one of `escapes`, which are named by error and place."""

    inputs: int = 0
    accepted: int = 0
    refused: int = 0
    escapes: dict[str, Escape] = field(default_factory=dict)
    slowest_ms: float = 0.0
    """Of processor time, for one input; of OSC for all packets that lay there together."""
    seconds: float = 0.0
    """By the wall, for all."""

    def escaped(self, name: str, sentence: str, number: int) -> None:
        """Count one more."""
        self.escapes.setdefault(name, Escape(sentence[:300], number)).inputs += 1


class HangError(BaseException):
    """A reader took too long; no Exception, so that no reader takes it for a fault of its input."""


def read_each(opened: Format, name: str, inputs: int, seed: int, first: int = 0) -> Figures:
    """Feed the inputs from number `first` on to a reader; an input depends on the name, the seed and its number."""
    figures = Figures()
    began = time.monotonic()
    with TemporaryDirectory() as folder, _quiet(), _watch(), opened(Path(folder)) as reader:
        for number in range(first, first + inputs):
            data = reader.make(Random(f"{name} {seed} {number}"))
            busy_before = time.process_time()
            _feed(reader, data, number, figures)
            figures.slowest_ms = max(figures.slowest_ms, round(1000 * (time.process_time() - busy_before), 1))
            figures.inputs += 1
    figures.seconds = round(time.monotonic() - began, 1)
    return figures


def _feed(reader: Reader, data: bytes, number: int, figures: Figures) -> None:
    try:
        with _bounded():
            taken = reader.read(data)
    except InstallationError as error:
        if missing := _missing_from(error, reader.place):
            figures.escaped(f"a sentence without {missing}", str(error), number)
        else:
            figures.refused += 1
    except (Exception, HangError) as error:  # whatever comes out of a reader, it is what the round looks for
        figures.escaped(f"{type(error).__name__} in {_innermost(error)}", str(error), number)
    else:
        figures.accepted += taken
        figures.refused += not taken


def _missing_from(error: InstallationError, place: Path | None) -> str:
    """What a refusal does not say and should."""
    if place and str(place) not in str(error):
        return "its file"
    if not all(mistake.line >= 1 and mistake.message for mistake in error.mistakes):
        return "a line"
    return "" if str(error).strip() else "words"


def _innermost(error: BaseException) -> str:
    """The last function of ours that an error came through."""
    frames = [one for one in traceback.extract_tb(error.__traceback__) if "/installation/" in one.filename]
    ours = [one for one in frames if "/fuzzing/" not in one.filename] or frames
    return f"{Path(ours[-1].filename).name}:{ours[-1].name}" if ours else "nowhere"


@contextmanager
def _watch() -> Iterator[None]:
    """Within the block the timers of `_bounded` raise a HangError."""

    def ring(_number: int, _frame: object) -> None:
        raise HangError(f"no end after {BUSY_SECONDS:g} s of work or {WAITING_SECONDS:g} s of waiting")

    before = {number: signal.signal(number, ring) for number in (signal.SIGPROF, signal.SIGALRM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _bounded() -> Iterator[None]:
    signal.setitimer(signal.ITIMER_PROF, BUSY_SECONDS)
    signal.setitimer(signal.ITIMER_REAL, WAITING_SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.setitimer(signal.ITIMER_REAL, 0)


@contextmanager
def _quiet() -> Iterator[None]:
    """Readers log what they leave out: thousands of lines that nobody reads here."""
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(before)
