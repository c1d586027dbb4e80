"""A round: feeds inputs of one format to its reader under supervision, and counts the results."""

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
"""The most processor time for one input: a longer one would stall a show."""

WAITING_SECONDS = 30.0
"""The most elapsed time for one input, which ends endless waits; even a busy machine is faster."""


@dataclass(frozen=True, slots=True)
class Reader:
    """The reader of one format during a round.

    `make` makes an input from chance alone; `read` feeds it to the reader and returns whether the reader accepted it.
    It may raise an InstallationError, which must name `place`, the input's file, if given.
    """

    make: Callable[[Random], bytes]
    read: Callable[[bytes], bool]
    place: Path | None = None


Format = Callable[[Path], AbstractContextManager[Reader]]
"""Opens a reader that keeps its files in a folder."""


@dataclass(slots=True)
class Escape:
    """One unforeseen outcome: message and number of the first input that caused it, and the count of such inputs."""

    sentence: str
    first_input: int
    inputs: int = 0


@dataclass(slots=True)
class Figures:
    """The figures of a round. Each input is accepted, refused or one of `escapes`, named by error and place."""

    inputs: int = 0
    accepted: int = 0
    refused: int = 0
    escapes: dict[str, Escape] = field(default_factory=dict)
    slowest_ms: float = 0.0
    """The longest processor time for one input; for OSC, for all packets that waited together."""
    seconds: float = 0.0
    """Elapsed time of the round."""

    def escaped(self, name: str, sentence: str, number: int) -> None:
        """Count one more escape."""
        self.escapes.setdefault(name, Escape(sentence[:300], number)).inputs += 1


class HangError(BaseException):
    """A reader took too long; not an Exception, so that no reader treats it as a fault of its input."""


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
    except (Exception, HangError) as error:  # the round looks for any exception of a reader
        figures.escaped(f"{type(error).__name__} in {_innermost(error)}", str(error), number)
    else:
        figures.accepted += taken
        figures.refused += not taken


def _missing_from(error: InstallationError, place: Path | None) -> str:
    """The required part that a refusal's message lacks; empty if none."""
    if place and str(place) not in str(error):
        return "its file"
    if not all(mistake.line >= 1 and mistake.message for mistake in error.mistakes):
        return "a line"
    return "" if str(error).strip() else "words"


def _innermost(error: BaseException) -> str:
    """The innermost function of the project in an error's traceback."""
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
    """Disable logging: readers log thousands of lines about what they leave out."""
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(before)
