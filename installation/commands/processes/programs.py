"""The process that compiles GL programs for a show: picture/mixing/programs_ahead.py starts it, with its chains."""

from __future__ import annotations

import json
import signal
import sys

from installation.errors import DeviceError
from installation.outputs.headless import Headless
from installation.picture.mixing.mixer import Mixer

SIZE_PX = 16, 16


def main() -> None:
    """Draw with every program once, so that the driver caches it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is meant for the show, which ends this process
    chains = [tuple(map(str, chain)) for chain in json.loads(sys.argv[1])]
    try:
        headless = Headless()
    except DeviceError:
        return  # the show has a context of another kind, and compiles when it needs to
    with headless, Mixer(headless.context, {"": SIZE_PX}) as mixer:
        for _ in mixer.warm_up(chains):
            pass


if __name__ == "__main__":
    main()
