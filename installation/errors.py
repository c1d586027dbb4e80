"""Every error that a user can meet, named after whose it is: the author, the venue, the data or the world.

Each message says where, what thing, its value, what is allowed and the way out.
"""

from __future__ import annotations


class InstallationError(Exception):
    """A mistake or failure with a sentence for the user; `exit_code` is what a command then returns."""

    exit_code = 1


class ScoreError(InstallationError):
    """The author's: something in a score, a recipe or on the command line is wrong."""

    exit_code = 2


class RigError(InstallationError):
    """The venue's: something in a rig is wrong."""

    exit_code = 2


class AtlasError(InstallationError):
    """The data's: an atlas is missing, damaged or of a newer format."""


class DeviceError(InstallationError):
    """The world's: a display, disk, codec, network port or graphics card does not do what is needed."""
