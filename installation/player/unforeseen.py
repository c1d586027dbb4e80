"""Unforeseen errors while saved files are read: reported as a bug of ours, with an incident file."""

from __future__ import annotations

import logging
import sys
import time
import traceback
from pathlib import Path

from installation.errors import DeviceError, InstallationError
from installation.house.incident import Incident, write_incident

log = logging.getLogger(__name__)


class Unforeseen:
    """Turns any exception into a sentence for people. It keeps incidents in `folder`; None keeps none."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder

    def __call__(self, error: Exception) -> InstallationError:
        """Return an InstallationError unchanged, anything else as DeviceError. Any thread may call this."""
        if isinstance(error, InstallationError):
            return error
        log.error("the player failed while it took over a saved edit", exc_info=error)
        sentence = f"the saved edit could not be taken over: {type(error).__name__}: {error}"
        if isinstance(error, OSError | MemoryError):
            return DeviceError(sentence)
        incident = self._folder and write_incident(self._folder, self._incident(error))
        kept = f"; send {incident.name} to its makers" if incident else ""
        return DeviceError(f"{sentence}; this is a bug in the player, not your mistake{kept}")

    def _incident(self, error: Exception) -> Incident:
        return Incident(
            kind="edit",
            wall_seconds=time.time(),
            exit_code=0,
            ran_seconds=0.0,
            frame=None,
            command=tuple(sys.argv),
            output="".join(traceback.format_exception(error)),
        )
