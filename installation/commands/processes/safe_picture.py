"""The process that shows the safe picture, and tells the house when it is visible.

`python -m installation.commands.processes.safe_picture` shows it until SIGTERM or SIGINT.
"""

from __future__ import annotations

import sys

from installation.errors import InstallationError
from installation.house.heartbeat import Heartbeat
from installation.outputs.windows.safe_picture import show_until
from installation.signals import stopped_by_signals


def main() -> None:
    """Show the safe picture until a signal asks it to stop."""
    stopped: list[bool] = []
    try:
        with Heartbeat() as heartbeat, stopped_by_signals(lambda: stopped.append(True)):
            show_until(lambda: not stopped, lambda: heartbeat.ready(0))
    except InstallationError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
