"""A player in reserve: it has loaded all slow modules and waits, so that a crashed show is back within a second.

`python -m installation.commands.processes.understudy play SCORE ...` loads torch and all modules of the player, then
waits for a byte on its standard input, which is its cue, and becomes `installation play SCORE ...`. While it waits it
holds no display, no graphics context, no port, no journal and no other file, so it cannot disturb the playing player.
When its input ends, the house is gone, and it ends, too.

It loads in a thread of low priority, because the show plays meanwhile. If the cue comes before everything is loaded, it
first loads the rest, at normal priority if the system allows that. This is still faster than a new start.
"""

from __future__ import annotations

import importlib
import os
import sys
import threading
from contextlib import suppress

from installation.house.child import CUE
from installation.house.heartbeat import Heartbeat
from installation.picture.thread_priority import lower_thread_priority, restore_thread_priority

MODULES = (
    "installation.player.console",
    "installation.desk.network.announcement",
    "installation.desk.network.oscquery",
    "installation.desk.network.web",
    "installation.house.health_routes",
    "installation.player.live",
    "installation.editions.production",
    "installation.house.logs",
)
"""The modules that a show with all network services loads; windows are added if the show has some."""

IF_INSTALLED = ("installation.picture.decoding.numba_decoder", "zenoh")


def load(*, windows: bool) -> None:
    """Load the player's modules and their compiled machine code, and prepare what is the same for every start."""
    for module in (*MODULES, "installation.player.window_screens") if windows else MODULES:
        importlib.import_module(module)
    for module in IF_INSTALLED:
        with suppress(ImportError):
            importlib.import_module(module)
    import torch

    from installation.atlas.activation import Activation
    from installation.commands import cli
    from installation.desk.journal.journal_lines import succession_type

    Activation(1)(torch.zeros(1, 1, 1), torch.zeros(1, 2, 1))
    succession_type()
    cli.parser()


def _load_beside_the_show() -> None:
    lower_thread_priority()
    load(windows="--headless" not in sys.argv)
    Heartbeat().loaded()


def waited_for_cue() -> bool:
    """Wait for the cue; returns False if the house has ended."""
    if os.read(sys.stdin.fileno(), len(CUE)) != CUE:
        return False
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, sys.stdin.fileno())
    os.close(nothing)
    return True


def main() -> None:
    """Wait, then play."""
    from installation.commands import cli, play

    loading = threading.Thread(target=_load_beside_the_show, name="loading", daemon=True)
    loading.start()
    if waited_for_cue():
        play.take_over()
        restore_thread_priority(loading)
        loading.join()
        cli.main()


if __name__ == "__main__":
    main()
