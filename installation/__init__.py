"""The Neural Image: an installation player that draws the neurons of image recognition networks live."""

from pathlib import Path

__version__ = "0.1.0"


def _shipped(folder: str) -> Path:
    """A folder that comes with the player: inside the package where that was installed, beside it in a checkout."""
    installed = Path(__file__).resolve().parent / folder
    return installed if installed.is_dir() else installed.parents[1] / folder


SHADERS = _shipped("shaders")

FONTS = _shipped("fonts")

SHIPPED_ATLAS = _shipped("scores") / "atlas"
"""What a score that names no atlas is played with."""

PASSCODE, RUN_PASSCODE, LOOK_PASSCODE = (
    "INSTALLATION_PASSCODE",
    "INSTALLATION_RUN_PASSCODE",
    "INSTALLATION_LOOK_PASSCODE",
)
READ_TOKEN, ALARMS = "INSTALLATION_READ_TOKEN", "INSTALLATION_ALARMS"
"""The variables that may hold what is secret, since command lines can be read by everybody on a machine."""

FIRST_LIGHT = _shipped("scores") / "first_light.yaml"
"""The score that is played when nobody names one."""
