"""The Neural Image: an installation player that draws the neurons of image recognition networks live."""

from pathlib import Path

__version__ = "0.1.0"

FIRST_LIGHT = Path(__file__).parents[1] / "scores" / "first_light.yaml"
"""The score that is played when nobody names one."""
