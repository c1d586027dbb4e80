"""Three machines on this one behind a bad network, with clocks that drift: cues, a fader, and the faults of a house.

    python -m installation.benchmarks.fleet --minutes 30

Each machine is a network name space with a player, its house and its understudy, 160x90 headless; between them a switch
delays by 1 ms +- 0.5 and loses 1 %; steady clocks drift by 70 ppm, the systems' clocks wander as chrony leaves them.
Compared are the frames that the machines say they showed, every second, and the messages that their journals end with.
It prints the figures as JSON, the progress and a verdict beside them, and exits with 1 if the house failed in anything.
Needs Linux, and leave to make network name spaces and TAP devices; root has it.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from dataclasses import asdict
from functools import partial
from pathlib import Path

from installation.benchmarks.machines.drill import drill
from installation.benchmarks.machines.name_space import enter_own_network
from installation.errors import InstallationError
from installation.soak.checks import as_text, passed


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=6.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--score", type=Path, help="play this score instead of one of its own")
    parser.add_argument("--no-faults", action="store_true")
    parser.add_argument("--folder", type=Path, help="keep journals and logs here, in an empty folder")
    options = parser.parse_args()
    try:
        enter_own_network("installation.benchmarks.fleet")
        with tempfile.TemporaryDirectory() as temporary:
            folder = options.folder or Path(temporary)
            folder.mkdir(parents=True, exist_ok=True)
            says = partial(print, file=sys.stderr, flush=True)
            seconds, with_faults = options.minutes * 60, not options.no_faults
            figures = drill(folder, options.score, seconds, options.seed, with_faults=with_faults, says=says)
    except InstallationError as error:
        raise SystemExit(str(error)) from None
    checks = figures.checks()
    says(as_text(checks))
    print(json.dumps({**asdict(figures), "checks": [asdict(one) for one in checks]}, indent=2))
    raise SystemExit(0 if passed(checks) else 1)


if __name__ == "__main__":
    main()
