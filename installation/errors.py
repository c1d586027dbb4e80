"""Every error that a user can meet, named after its owner: author, venue, operator, data, material or world.

Each message says where, what thing, its value, what is allowed and the way out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


class InstallationError(Exception):
    """A mistake or failure with a sentence for the user; `exit_code` is what a command then returns.

    `mistakes` holds each mistake of a file by itself; the message lists them all, one a line.
    """

    exit_code = 1

    def __init__(self, message: str, mistakes: tuple[Mistake, ...] = ()) -> None:
        super().__init__(message)
        self.mistakes = mistakes


@dataclass(frozen=True, slots=True)
class Mistake:
    """One mistake (or warning) in a file; `line` and `column` count from 1, `path` is such as `cues[2].name`.

    `path` is empty where the mistake concerns the file as a whole.
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
    """The author's: something in a score, a recipe or on the command line is wrong."""

    exit_code = 2


class RigError(InstallationError):
    """The venue's: something in a rig is wrong."""

    exit_code = 2


class AtlasError(InstallationError):
    """The data's: an atlas is missing, damaged or of a newer format."""


class MediaError(InstallationError):
    """The artist's material: a picture, font or film that is missing, damaged or of a kind that cannot be read."""


class DeviceError(InstallationError):
    """The world's: a display, disk, codec, network port or graphics card does not do what is needed."""


UNFORESEEN_EXIT_CODE = 70
"""The exit code of a command that a mistake of ours has ended: EX_SOFTWARE of sysexits.h."""

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
"""Why the desk did not do something: each is a counter in the report, in feedback and on the console page."""


MAX_SENTENCE_CHARACTERS = 500
"""Of a refusal: it may quote a stranger, goes to logs, pages and desks, and must fit into one packet."""


class RefusedError(InstallationError):
    """The operator's: something that a desk asked for is not done; never ends the show. `reason` is counted."""

    exit_code = 2

    def __init__(self, sentence: str, reason: Refusal = "out of range") -> None:
        super().__init__(sentence[:MAX_SENTENCE_CHARACTERS])
        self.reason: Refusal = reason
