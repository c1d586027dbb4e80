"""The process that reads scores for a show: editions/reader_process.py starts it and sends it paths."""

from __future__ import annotations

import dataclasses
import gc
import pickle
import signal
import sys
from collections.abc import Callable
from functools import cache
from operator import attrgetter
from pathlib import Path
from typing import Any

from installation.atlas.atlas import Atlas
from installation.errors import InstallationError
from installation.score import reader
from installation.score.reader import CheckResult


def answer_for(path: Path, home: Path | None, known: dict[Path, Atlas]) -> CheckResult | InstallationError:
    """The result of score.reader.check, or the error that it raises.

    `known` keeps the atlas, which is opened again only if it has changed.
    """

    def open_atlas(folder: Path) -> Atlas:
        if folder not in known or not known[folder].is_current:
            known.clear()
            known[folder] = Atlas.open(folder)
        return known[folder]

    try:
        return reader.check(path, open_atlas=open_atlas, home=home)
    except InstallationError as error:
        return error


class Pickler(pickle.Pickler):
    """Writes a dataclass as a call with its fields. Python's own way for frozen ones takes three times as long, and
    twice as long in the player, which reads it between two frames."""

    def reducer_override(self, one: object) -> Any:
        kind: Any = type(one)
        fields = _fields_of(kind)
        return NotImplemented if fields is None else (kind, fields(one))


@cache
def _fields_of(kind: type) -> Callable[[Any], tuple[Any, ...]] | None:
    """What returns the fields of a frozen dataclass in their order; None for any other type."""
    parameters = getattr(kind, "__dataclass_params__", None)  # the standard library has no public name for them
    if parameters is None or not parameters.frozen:
        return None
    names = [one.name for one in dataclasses.fields(kind)]
    if len(names) > 1:
        return attrgetter(*names)
    return lambda one: tuple(getattr(one, name) for name in names)


def main() -> None:
    """Answer every path on standard input with the result of its reading, until the input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is meant for the show, which ends this process
    gc.disable()  # garbage is collected after each answer, when nobody waits
    paths, answers = sys.stdin.buffer, sys.stdout.buffer
    known: dict[Path, Atlas] = {}
    while True:
        try:
            path, home = pickle.load(paths)
        except EOFError:
            return
        Pickler(answers, pickle.HIGHEST_PROTOCOL).dump(answer_for(path, home, known))
        answers.flush()
        gc.collect()


if __name__ == "__main__":
    main()
