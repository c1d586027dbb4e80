"""One running machine: a player with the machine's clocks, and a house that replaces the player when it ends.

    python -m installation.benchmarks.machines.powered STATE play SCORE ...

`--player` before `play` runs the player itself, `--understudy` one that waits. The folder STATE contains `clock`; the
house writes the process ids into its `processes.json`.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from installation.benchmarks.machines.machine_clock import MachineClock

PLAYER, UNDERSTUDY = "--player", "--understudy"
CLOCK, PROCESSES = "clock", "processes.json"


def main() -> None:
    state = Path(sys.argv[1])
    if sys.argv[2] in (PLAYER, UNDERSTUDY):
        MachineClock(state / CLOCK).install()
        role = sys.argv[2]
        del sys.argv[1:3]
        if role == UNDERSTUDY:
            from installation.commands.processes import understudy

            understudy.main()
        else:
            from installation.commands import cli

            cli.main()
        return
    _keep_playing(state, sys.argv[2:])


def _keep_playing(state: Path, play: list[str]) -> None:
    from installation.files import write_atomically
    from installation.house.supervisor import HouseStatistics, Supervisor, SupervisorLimits

    told = [""]

    def watching(statistics: HouseStatistics) -> None:
        waits = statistics.understudy if statistics.understudy_loaded else None
        numbers = json.dumps({"player": statistics.process, "understudy": waits})
        if numbers != told[0]:
            told[0] = numbers
            write_atomically(state / PROCESSES, numbers.encode())

    this = [sys.executable, "-m", "installation.benchmarks.machines.powered", str(state)]
    with Supervisor(
        [*this, PLAYER, *play],
        state / "incidents",
        understudy_command=[*this, UNDERSTUDY, *play],
        limits=SupervisorLimits(start_seconds=300.0, silent_seconds=60.0, steady_seconds=1.0),
        watching=watching,
    ) as house:
        raise SystemExit(house.run())


if __name__ == "__main__":
    main()
