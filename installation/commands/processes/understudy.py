"""A player in reserve: it has loaded everything slow and waits, so that a crashed show is back within a second.

`python -m installation.commands.processes.understudy play SCORE ...` loads torch and all modules of the player, then
waits for a byte on its standard input, which is its cue, and becomes `installation play SCORE ...`. While it waits it
holds no display, no graphics context, no port, no journal and no other file: nothing that could be in the way of the
player that plays. When its input ends, the house is gone, and it ends, too.

It loads while the show plays that it is to follow, so a thread that gives way to that does it. A cue that comes before
all is loaded waits for the rest, which is less than a start from nothing; then nothing gives way any more.
"""

from __future__ import annotations

import importlib
import os
import sys
import threading

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
)
"""What a show with all its doors open loads; windows only where there are some."""


def load(*, windows: bool) -> None:
    """Load the player's modules, and the machine code that was compiled for them."""
    for module in (*MODULES, "installation.player.window_screens") if windows else MODULES:
        importlib.import_module(module)
    import torch

    from installation.atlas.activation import Activation

    Activation(1)(torch.zeros(1, 1, 1), torch.zeros(1, 2, 1))


def _load_beside_the_show() -> None:
    lower_thread_priority()
    load(windows="--headless" not in sys.argv)
    Heartbeat().loaded()


def waited_for_cue() -> bool:
    """Wait for the cue; False where the house has ended."""
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
