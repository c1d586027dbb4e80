"""Reference pictures for training: a photograph, a frame of a film, or another latent's picture."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from installation.atlas.cppn import HALF_RANGE
from installation.errors import MediaError, ScoreError
from installation.media.film_file import FilmReader
from installation.media.image_file import read_image

FILMS = (".mp4", ".mov", ".mkv", ".webm", ".avi", ".gif", ".m4v")
"""Suffixes of films; all other files are read as pictures."""

Seen = Callable[[Tensor, int, int], Tensor]
"""A picture at places (height * width, 2) in cppn.grid's coordinates: RGB 0..1 (1, 3, height, width)."""


def is_film(path: Path) -> bool:
    """Whether a file is read as a film."""
    return path.suffix.lower() in FILMS


def read_reference(path: Path, sha256: str, seconds: float, short_px: int) -> Tensor:
    """A picture's file, or a film's frame at `seconds`, RGB 0..1 (1, 3, H, W), its short side `short_px`.

    Middle grey lies behind a transparent picture. Raises ScoreError for a missing or unreadable file.
    """
    try:
        found = _frame(path, seconds) if is_film(path) else _image(path, sha256)
    except MediaError as error:
        raise ScoreError(f"{path}: {error}") from error
    height, width = found.shape[-2:]
    scale = short_px / min(height, width)
    size = max(1, round(height * scale)), max(1, round(width * scale))
    return functional.interpolate(found, size, mode="bilinear", antialias=True).clamp(0, 1)


def _image(path: Path, sha256: str) -> Tensor:
    pixels = read_image(path, sha256)
    whole = pixels.astype(np.float32) / (255 if pixels.dtype == np.uint8 else 1)
    colours, alpha = whole[..., :3], whole[..., 3:] if whole.shape[2] == 4 else np.float32(1)
    return torch.from_numpy(0.5 + (colours - 0.5) * alpha).permute(2, 0, 1)[None].contiguous()


def _frame(path: Path, seconds: float) -> Tensor:
    with FilmReader(path) as film:
        frame = film.frame(int(seconds * film.fps))
        pixels = np.rot90(frame.to_ndarray(format="rgb24"), -film.turns)
    return torch.from_numpy(pixels.astype(np.float32) / 255).permute(2, 0, 1)[None].contiguous()


def sampled(picture: Tensor) -> Seen:
    """A picture (1, 3, H, W) in a neuron's coordinates: its short side spans the square; its edges mirror it."""
    height, width = picture.shape[-2:]
    reach = torch.tensor([max(width / height, 1.0), max(height / width, 1.0)]) * HALF_RANGE

    def seen(places: Tensor, rows: int, columns: int) -> Tensor:
        at = (places / reach).view(1, rows, columns, 2)
        return functional.grid_sample(picture, at, padding_mode="reflection", align_corners=False)

    return seen
