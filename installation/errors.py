"""All errors that a user can meet, named after their source: author, venue, operator, data, material or world.

Each message says where, which thing, its value, what is allowed and the way out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


class InstallationError(Exception):
    """A mistake or failure with a sentence for the user; `exit_code` is the command's exit code.

    `mistakes` has every single mistake of a file; the message lists them all, one a line.
    """

    exit_code = 1

    def __init__(self, message: str, mistakes: tuple[Mistake, ...] = ()) -> None:
        super().__init__(message)
        self.mistakes = mistakes


@dataclass(frozen=True, slots=True)
class Mistake:
    """One mistake (or warning) in a file; `line` and `column` count from 1.

    `path` is a key such as `cues[2].name`, empty for a mistake of the whole file.
    """

    file: str
    line: int
    column: int
    path: str
    message: str

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}:{self.column}"
        return f"{where}: {self.path}: {self.message}" if self.path else f"{where}: {self.message}"


class ScoreError(InstallationError):
    """An error of the author: something in a score, a recipe or on the command line is wrong."""

    exit_code = 2


class RigError(InstallationError):
    """An error of the venue: something in a rig is wrong."""

    exit_code = 2


class AtlasError(InstallationError):
    """An error in the data: an atlas is missing, damaged or of a newer format."""


class MediaError(InstallationError):
    """An error in the artist's material: a picture, font, film, body or shader is missing, damaged or unknown."""


class DeviceError(InstallationError):
    """A failure of the world: a display, disk, codec, network port or graphics card does not work as needed."""


UNFORESEEN_EXIT_CODE = 70
"""The exit code of a command that a bug of the player has ended: EX_SOFTWARE of sysexits.h."""

Refusal = Literal[
    "malformed",
    "framing",
    "oversized",
    "unknown address",
    "wrong type",
    "out of range",
    "not finite",
    "not allowed",
    "no passcode",
    "another role",
    "too fast",
    "queue full",
    "too far ahead",
    "double GO",
    "no such cue",
    "locked",
]
"""The reasons for which the desk refuses a request. Each is a counter in the report, in feedback and on the page."""


MAX_SENTENCE_CHARACTERS = 500
"""The longest sentence of a refusal: it may quote a stranger, goes to logs, pages and desks, and must fit a packet."""


class RefusedError(InstallationError):
    """An error of the operator: the desk refuses a request. It never ends the show. `reason` is counted."""

    exit_code = 2

    def __init__(self, sentence: str, reason: Refusal = "out of range") -> None:
        super().__init__(sentence[:MAX_SENTENCE_CHARACTERS])
        self.reason: Refusal = reason
