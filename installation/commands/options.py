"""Options that several commands share, and the functions that read them."""

from __future__ import annotations

import math
import os
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from installation import ALARMS, LOOK_PASSCODE, PASSCODE, READ_TOKEN, RUN_PASSCODE
from installation.errors import DeviceError, RigError, ScoreError
from installation.language.limits import SIDE_PX

if TYPE_CHECKING:
    from installation.desk.roles import Role


def finite(value: float | None) -> float | None:
    """An option's number; refuses infinity and NaN, which pass click's bounds."""
    if value is not None and not math.isfinite(value):
        raise typer.BadParameter(
            f"{value} is not a number of seconds, hours or days; leave the option out to run without end"
        )
    return value


ScoreArgument = Annotated[Path, typer.Argument(metavar="SCORE", help="The score, a YAML file.", show_default=False)]
SizeOption = Annotated[str | None, typer.Option("--size", metavar="WxH", help="Size of every output in pixels.")]
FpsOption = Annotated[str | None, typer.Option(metavar="N", help="Frames per second, instead of the score's.")]
RigOption = Annotated[Path | None, typer.Option(metavar="RIG", help="The venue's rig, a YAML file; see docs/rig.md.")]
MachineOption = Annotated[
    str | None,
    typer.Option("--machine", metavar="NAME", help="Which of the rig's machines this one is; see docs/fleet.md."),
]
OutputOption = Annotated[str | None, typer.Option("--output", metavar="NAME", help="Use only this output.")]
SettingOption = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="NAME=NUMBER",
        help="Set a parameter of the score to this number. You may repeat it.",
        show_default=False,
    ),
]
DayOption = Annotated[
    str | None,
    typer.Option("--day", metavar="DATE", help="Let chance draw as on this day, for a score with `seed: daily`."),
]
FolderOption = Annotated[
    Path | None,
    typer.Option(metavar="DIR", help="Keep journal, logs and incidents in this folder.", show_default=False),
]
HostOption = Annotated[
    str | None,
    typer.Option(
        help="Listen on this address. Without it, only programs on this machine can connect.", show_default=False
    ),
]
HealthOption = Annotated[
    int | None,
    typer.Option(
        metavar="PORT", min=0, max=65535, help="Answer /health and /metrics on this port, even while no player runs."
    ),
]
PasscodeOption = Annotated[
    str | None,
    typer.Option(
        envvar=PASSCODE, help="Consoles must send this passcode first. It lets them do everything.", show_default=False
    ),
]
RunPasscodeOption = Annotated[
    str | None,
    typer.Option(envvar=RUN_PASSCODE, help="A passcode that lets consoles only run the show.", show_default=False),
]
LookPasscodeOption = Annotated[
    str | None,
    typer.Option(envvar=LOOK_PASSCODE, help="A passcode that lets consoles only look.", show_default=False),
]
ReadTokenOption = Annotated[
    str | None,
    typer.Option(
        envvar=READ_TOKEN, help="The token with which programs may read health and metrics.", show_default=False
    ),
]

AlarmOption = Annotated[
    list[str] | None,
    typer.Option(
        metavar="ADDRESS",
        envvar=ALARMS,
        help="Send alarms to this address: a webhook https://..., smtp://..., or one of Apprise. You may repeat it.",
        show_default=False,
    ),
]
RemindOption = Annotated[
    float,
    typer.Option(
        metavar="HOURS", min=0.1, callback=finite, help="Repeat an alarm after this many hours while it lasts."
    ),
]
QuietOption = Annotated[
    str | None,
    typer.Option(metavar="HH:MM-HH:MM", help="Between these times, report only serious alarms.", show_default=False),
]


def secrets(
    passcode: str | None,
    run_passcode: str | None,
    look_passcode: str | None,
    read_token: str | None,
    alarms: Sequence[str] | None = None,
) -> dict[str, str]:
    """The given secrets by their environment variables, which pass them on: everybody can read command lines."""
    said: dict[str, str | None] = {
        PASSCODE: passcode,
        RUN_PASSCODE: run_passcode,
        LOOK_PASSCODE: look_passcode,
        READ_TOKEN: read_token,
    }
    said[ALARMS] = " ".join(alarms) if alarms else None
    return {name: secret for name, secret in said.items() if secret is not None}


def lesser_passcodes(run_passcode: str | None, look_passcode: str | None) -> tuple[tuple[Role, str], ...]:
    """The given passcodes of the lesser roles, each with its role."""
    roles: tuple[tuple[Role, str | None], ...] = (("look", look_passcode), ("run", run_passcode))
    return tuple((role, code) for role, code in roles if code)


def parse_size(text: str | None, largest: int = SIDE_PX[1]) -> tuple[int, int] | None:
    """Read `640x360` as (640, 360), with no side longer than `largest`. Raises ScoreError."""
    if text is None:
        return None
    match = re.fullmatch(r"([0-9]{1,9})x([0-9]{1,9})", text)
    size = (int(match[1]), int(match[2])) if match else (0, 0)
    smallest = SIDE_PX[0]
    if not all(smallest <= side <= largest for side in size):
        bounds = f"each from {smallest} to {largest}"
        raise ScoreError(f"--size: {text!r} is not a size; it is WIDTHxHEIGHT, {bounds}, such as 640x360")
    return size


def executable() -> Path:
    """The `installation` command that belongs to this Python."""
    return Path(sys.executable).with_name("installation")


def state_folder(score: Path) -> Path:
    """The folder for a score's journal, logs and incidents, under XDG_STATE_HOME. Raises DeviceError."""
    try:
        home = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    except RuntimeError:
        raise DeviceError("you have no home folder; say with --folder DIR where to keep the state") from None
    return Path(home) / "installation" / score.stem


def counts(option: str, said: str, low: int, high: int) -> tuple[int, int]:
    """Read two counts such as 1920x1080, each from `low` to `high`. Raises RigError."""
    match = re.fullmatch(r"(\d{1,5})x(\d{1,5})", said)
    if match is None:
        raise RigError(f"{option} {said}: it takes two whole numbers, such as 17x9")
    across, down = int(match[1]), int(match[2])
    if not (low <= min(across, down) and max(across, down) <= high):
        raise RigError(f"{option} {said}: both numbers are {low} to {high}")
    return across, down


def fractions(option: str, said: str) -> tuple[float, float, float, float]:
    """Read left, top, width and height of a part of a picture, as fractions. Raises RigError."""
    try:
        left, top, width, height = map(float, said.split(","))
    except ValueError:
        raise RigError(f"{option} {said}: it takes four numbers, such as 0,0,0.5,1") from None
    if not (min(left, top) >= 0 and min(width, height) > 0 and max(left + width, top + height) <= 1 + 1e-6):
        raise RigError(f"{option} {said}: left, top, width and height are fractions, 0 to 1, of the picture")
    return left, top, width, height
