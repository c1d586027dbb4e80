"""The process that reads scores for a show: editions/reader_process.py starts it and sends it paths."""

from __future__ import annotations

import gc
import pickle
import signal
import sys
from pathlib import Path

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
        pickle.dump(answer_for(path, home, known), answers)
        answers.flush()
        gc.collect()


if __name__ == "__main__":
    main()
