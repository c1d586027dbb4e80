"""The systemd unit that starts the house with the machine and watches it, as the house watches the player."""

from __future__ import annotations

import getpass
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from installation.errors import DeviceError
from installation.files import replacing

UNIT = "installation.service"

WATCHDOG_SECONDS = 30
"""The house sends a heartbeat once a second; half a minute allows for a machine that swaps."""

SECRET = "installation.env"
"""The file beside the unit with everything that its command line must not show."""

LOCAL_DISPLAY = ":0"

SYSTEM_UNITS = Path("/etc/systemd/system")


def unit_text(
    command: Sequence[str],
    folder: Path,
    *,
    user: bool,
    secret: Path | None = None,
    environment: Mapping[str, str] = os.environ,
) -> str:
    """The unit that runs `command` in `folder`: for the whole system, or with `user` in that user's session.

    `secret` is a file of secret variables. LimitNICE allows processes with a low priority, such as the loading
    understudy, to return to the normal one.

    systemd restarts the house after a failure, never after an intended end. The house itself restarts the player, even
    after the system killed the player to free memory. Displays that are being switched may take a minute to finish.
    """
    session = "graphical-session.target" if user else "graphical.target"
    further = f"PartOf={session}" if user else "Wants=network-online.target"
    variables = "" if user else _who(environment)
    if secret is not None:
        variables += f"EnvironmentFile={str(secret).replace('%', '%%')}\n"
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
LimitNICE=+0
{variables}
[Install]
WantedBy={session}
"""


def unit_folder(*, user: bool, environment: Mapping[str, str] = os.environ) -> Path:
    """The folder in which systemd looks for the administrator's or the user's units."""
    if not user:
        return SYSTEM_UNITS
    configuration = environment.get("XDG_CONFIG_HOME") or Path(environment.get("HOME", "~")).expanduser() / ".config"
    return Path(configuration) / "systemd" / "user"


def write_unit(folder: Path, text: str) -> Path:
    """Write the unit, whole or not at all; raises DeviceError if the folder cannot be written."""
    _write(folder / UNIT, text, 0o644)
    return folder / UNIT


def write_secrets(path: Path, variables: Mapping[str, str]) -> None:
    """Write variables into a file that only its owner can read; raises DeviceError if the folder cannot be written."""
    text = ""
    for name, value in variables.items():
        meant = value.replace("\\", "\\\\").replace('"', '\\"').replace("$", "\\$").replace("`", "\\`")
        text += f'{name}="{meant}"\n'
    _write(path, text, 0o600)


def _write(path: Path, text: str, mode: int) -> None:
    try:
        content = text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise DeviceError(
            f"{path}: systemd reads UTF-8 only, and {text[error.start - 40 : error.end + 20]!r} is not; rename that "
            "folder or file"
        ) from None
    way_out = "run it as root (sudo), or with --user for your own account"
    with replacing(path, mode=mode, make_folder=True, way_out=way_out) as file:
        file.write(content)


def unit_warnings(*, user: bool, environment: Mapping[str, str] = os.environ) -> tuple[str, ...]:
    """Warnings about a unit for the whole system, each with its way out."""
    if user:
        return ()
    found = []
    if _account(environment) == "root":
        found.append("the show will run as root; run sudo from the account under which it should run")
    display = environment.get("DISPLAY", "")
    if display and not _is_local(display):
        found.append(
            f"DISPLAY is {display}, that of a remote session: the unit has {LOCAL_DISPLAY}; install it from the "
            "machine's own desktop, or correct its lines DISPLAY and XAUTHORITY"
        )
    return tuple(found)


def _who(environment: Mapping[str, str]) -> str:
    """The lines with the user and the display of a system unit."""
    display = environment.get("DISPLAY", "")
    is_local = _is_local(display)
    variables = {
        "DISPLAY": display if is_local else LOCAL_DISPLAY,
        "XAUTHORITY": environment.get("XAUTHORITY") if is_local else None,
    }
    lines = [f"Environment={_quoted(f'{variable}={value}')}\n" for variable, value in variables.items() if value]
    return f"User={_account(environment)}\n{''.join(lines)}"


def _account(environment: Mapping[str, str]) -> str:
    return environment.get("SUDO_USER") or getpass.getuser()


def _is_local(display: str) -> bool:
    """Whether a display belongs to this machine; ssh uses names such as localhost:10.0."""
    return display.startswith((":", "unix:"))


def _quoted(word: str) -> str:
    """`word` as one argument of a unit, with systemd's special characters escaped."""
    for special, meant in (("\\", "\\\\"), ('"', '\\"'), ("%", "%%"), ("$", "$$")):
        word = word.replace(special, meant)
    return f'"{word}"'
