"""The systemd unit that starts the house with the machine and watches over it, as the house watches over the player."""

from __future__ import annotations

import getpass
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from installation.errors import DeviceError

UNIT = "installation.service"

WATCHDOG_SECONDS = 30
"""The house beats once a second; half a minute forgives a machine that swaps."""

SYSTEM_UNITS = Path("/etc/systemd/system")


def unit_text(command: Sequence[str], folder: Path, *, user: bool, environment: Mapping[str, str] = os.environ) -> str:
    """The unit that runs `command` in `folder`: for the whole system, or with `user` in the session of whoever logs in.

    It restarts the house after a failure, never after an end that was meant; the house itself restarts the player, and
    does so, too, when the system has ended that for want of memory. Displays that are being switched may take a minute.
    """
    session = "graphical-session.target" if user else "graphical.target"
    further = f"PartOf={session}" if user else "Wants=network-online.target"
    after = session if user else f"{session} network-online.target time-sync.target"
    return f"""\
[Unit]
Description=The Neural Image, supervised
After={after}
{further}
StartLimitIntervalSec=0

[Service]
Type=notify
NotifyAccess=main
ExecStart={" ".join(map(_quoted, command))}
WorkingDirectory={str(folder).replace("%", "%%")}
WatchdogSec={WATCHDOG_SECONDS}
Restart=on-failure
RestartSec=5
KillMode=mixed
TimeoutStopSec=90
OOMPolicy=continue
{"" if user else _who(environment)}
[Install]
WantedBy={session}
"""


def unit_folder(*, user: bool, environment: Mapping[str, str] = os.environ) -> Path:
    """Where systemd looks for units that a person has written."""
    if not user:
        return SYSTEM_UNITS
    configuration = environment.get("XDG_CONFIG_HOME") or Path(environment.get("HOME", "~")).expanduser() / ".config"
    return Path(configuration) / "systemd" / "user"


def write_unit(folder: Path, text: str) -> Path:
    """Write the unit, whole or not at all; raises DeviceError where the folder cannot be written."""
    path, new = folder / UNIT, folder / f".{UNIT}.new"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        new.write_text(text, encoding="utf-8")
        new.replace(path)
    except OSError as error:
        raise DeviceError(
            f"{path}: {error.strerror}; run it as root (sudo), or with --user for the one who is logged in"
        ) from None
    return path


def _who(environment: Mapping[str, str]) -> str:
    """As whom a system unit runs, and on which display."""
    name = environment.get("SUDO_USER") or getpass.getuser()
    variables = {"DISPLAY": environment.get("DISPLAY") or ":0", "XAUTHORITY": environment.get("XAUTHORITY")}
    lines = [f"Environment={_quoted(f'{variable}={value}')}\n" for variable, value in variables.items() if value]
    return f"User={name}\n{''.join(lines)}"


def _quoted(word: str) -> str:
    """`word` as one argument of a unit: what systemd would expand in it means itself."""
    for special, meant in (("\\", "\\\\"), ('"', '\\"'), ("%", "%%"), ("$", "$$")):
        word = word.replace(special, meant)
    return f'"{word}"'
