"""The `installation` command as a user runs it: a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

LONGEST_SECONDS = 120
"""No command in a test takes this long; one that hangs is killed."""

HEADLESS = {name: value for name, value in os.environ.items() if name not in ("DISPLAY", "WAYLAND_DISPLAY")}

COMMAND = (sys.executable, "-c", "from installation.commands.cli import main; main()")


def installation(*words: str | Path, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run a command without a display and give exit code, stdout and stderr."""
    return subprocess.run(
        [*COMMAND, *map(str, words)],
        capture_output=True,
        text=True,
        check=False,
        timeout=LONGEST_SECONDS,
        cwd=cwd,
        env=HEADLESS,
    )
