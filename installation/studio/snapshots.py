"""Pictures while they grow: a training leaves its latent in the work folder now and then, and checks whether to end.

Whoever follows a build sees it there. Nothing that ships depends on it: a snapshot that cannot be written is left out.
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
    """Somebody dropped the neuron that is being trained; never seen by a user."""


class Snapshot(NamedTuple):
    """A training under way: its latent so far (size,), and how many of how many steps are done."""

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
        """`step` of `steps` is done; raises AbandonedError if somebody dropped the neuron."""
        if time.monotonic() - self._written_at < EVERY_S:
            return
        self._written_at = time.monotonic()
        if _abandon_path(self._work, self._key).exists():
            raise AbandonedError
        data = save({"latent": latent().contiguous()}, metadata={"step": str(step), "steps": str(steps)})
        with suppress(OSError), replacing(snapshot_path(self._work, self._key), make_folder=True) as file:
            file.write(data)


def snapshot_path(work: Path, key: str) -> Path:
    """Where a training leaves its snapshot."""
    return work / f"{key}.growing"


def read_snapshot(work: Path, key: str) -> Snapshot | None:
    """The last snapshot of a training; None if there is none yet, or none any more."""
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
    """What a build that was killed, or that dropped neurons, left beside its results."""
    return [*work.glob("*.growing"), *work.glob("*.abandon")]


def _abandon_path(work: Path, key: str) -> Path:
    return work / f"{key}.abandon"
