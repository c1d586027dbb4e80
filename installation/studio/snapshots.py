"""Snapshots: every few seconds a training writes its latent into the work folder, and checks whether to end.

The build page shows the snapshots. Nothing that ships depends on them: a training skips one that it cannot write.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from installation.files import replacing

EVERY_S = 2.0


class AbandonedError(Exception):
    """Somebody dropped a neuron during its training; users never see this error."""


class Snapshot(NamedTuple):
    """A running training: its current latent (size,), the number of finished steps, and the number of all steps."""

    latent: Tensor
    step: int
    steps: int


class Snapshots:
    """Writes a training's snapshots while the block lasts, and removes them after it."""

    def __init__(self, work: Path, key: str) -> None:
        self._work, self._key = work, key
        self._written_at = time.monotonic()

    def __enter__(self) -> Snapshots:
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):
            snapshot_path(self._work, self._key).unlink(missing_ok=True)

    def __call__(self, step: int, steps: int, latent: Callable[[], Tensor]) -> None:
        """Take a snapshot if one is due; `step` of `steps` is done. AbandonedError if somebody dropped the neuron."""
        if time.monotonic() - self._written_at < EVERY_S:
            return
        self._written_at = time.monotonic()
        if _abandon_path(self._work, self._key).exists():
            raise AbandonedError
        data = save({"latent": latent().contiguous()}, metadata={"step": str(step), "steps": str(steps)})
        with suppress(OSError), replacing(snapshot_path(self._work, self._key), make_folder=True) as file:
            file.write(data)


def snapshot_path(work: Path, key: str) -> Path:
    """The path of a training's snapshot."""
    return work / f"{key}.growing"


def read_snapshot(work: Path, key: str) -> Snapshot | None:
    """The last snapshot of a training; None before the first one and after the training."""
    try:
        with safe_open(snapshot_path(work, key), "pt") as file:
            told = file.metadata()
            return Snapshot(file.get_tensor("latent"), int(told["step"]), int(told["steps"]))
    except (OSError, SafetensorError):
        return None


def abandon(work: Path, key: str) -> None:
    """Ask the training of a neuron to end at its next snapshot."""
    with suppress(OSError):
        _abandon_path(work, key).touch()


def leftovers(work: Path) -> list[Path]:
    """The files that a killed build, or dropped neurons, left beside the results."""
    return [*work.glob("*.growing"), *work.glob("*.abandon")]


def _abandon_path(work: Path, key: str) -> Path:
    return work / f"{key}.abandon"
