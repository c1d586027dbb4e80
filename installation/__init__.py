"""The Neural Image: an installation player that draws the neurons of image recognition networks live."""

from pathlib import Path

__version__ = "0.1.0"


def _shipped(folder: str) -> Path:
    """A folder that comes with the player: inside the installed package, or beside it in a checkout."""
    installed = Path(__file__).resolve().parent / folder
    return installed if installed.is_dir() else installed.parents[1] / folder


SHADERS = _shipped("shaders")

FONTS = _shipped("fonts")

SHIPPED_ATLAS = _shipped("scores") / "atlas"
"""The atlas of scores that name none."""

PASSCODE, RUN_PASSCODE, LOOK_PASSCODE = (
    "INSTALLATION_PASSCODE",
    "INSTALLATION_RUN_PASSCODE",
    "INSTALLATION_LOOK_PASSCODE",
)
READ_TOKEN, ALARMS = "INSTALLATION_READ_TOKEN", "INSTALLATION_ALARMS"
"""The environment variables that may hold secrets: everybody on a machine can read command lines."""

FIRST_LIGHT = _shipped("scores") / "first_light.yaml"
"""The score that plays if the command names none."""
