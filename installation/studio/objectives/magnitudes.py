"""The magnitudes of pictures' spectra, which MACO keeps: of pictures of one's own, or from a table.

A table is numpy's format: (3, height, width // 2 + 1) in decorrelated colours, rows in the order of an FFT, such as the
mean magnitudes of ImageNet that the authors of MACO use. Source: Fel et al., 2023.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from installation.atlas.spectrum import GAIN, Spectrum, colour_matrix, frequency_scale
from installation.errors import MediaError, ScoreError
from installation.studio.objectives.references import read_reference

TABLE = ".npy"

MAX_BYTES = 2**27
"""A table for pictures of 4096 samples a side."""

DARKEST = 0.02
"""Colours are kept this far from black and white, whose logits are infinite."""

Given = Sequence[tuple[str, str]]
"""Files and their sha256."""


def table_digest(path: Path) -> str:
    """The sha256 of a table's file. Raises MediaError for a file that is no table of magnitudes."""
    _table(path)
    return hashlib.sha256(path.read_bytes()).hexdigest()


def magnitudes_of(files: Given, drawing: Spectrum, deviation: float) -> tuple[Tensor, Tensor]:
    """The mean magnitudes (3, height, width // 2 + 1) of files before `frequency_scale`, and their mean colours (3,) as
    a latent's first numbers.

    A table says nothing of a mean colour and of brightness: its magnitudes are scaled until the brightness has this
    deviation. Raises ScoreError for a missing file, or a table that is too small.
    """
    found = [
        _of_table(Path(path), drawing, deviation) if path.endswith(TABLE) else _of_picture(Path(path), sha256, drawing)
        for path, sha256 in files
    ]
    magnitudes, means = (torch.stack(one).mean(0) for one in zip(*found, strict=True))
    scale = GAIN * frequency_scale(drawing)
    return magnitudes / scale, means / scale[0, 0]


def _of_picture(path: Path, sha256: str, drawing: Spectrum) -> tuple[Tensor, Tensor]:
    """The magnitudes and mean of a picture's middle."""
    height, width = drawing.height, drawing.width
    picture = read_reference(path, sha256, 0.0, max(height, width))
    top, left = (picture.shape[2] - height) // 2, (picture.shape[3] - width) // 2
    middle = picture[0, :, top : top + height, left : left + width].clamp(DARKEST, 1 - DARKEST)
    colours = torch.einsum("ij,jhw->ihw", torch.linalg.inv(colour_matrix()), torch.logit(middle))
    spectrum = torch.fft.rfft2(_faded(colours), norm="ortho")
    return spectrum.abs(), spectrum[:, 0, 0].real


def _faded(colours: Tensor) -> Tensor:
    """A picture (3, height, width) that falls to its mean towards the edges, so that its repetition has no seam: a seam
    would give every picture a cross of stripes."""
    height, width = colours.shape[1:]
    windows = (torch.hann_window(side, periodic=False) for side in (height, width))
    down, across = windows
    window = down[:, None] * across
    mean = colours.mean((1, 2), keepdim=True)
    return mean + (colours - mean) * window / window.square().mean().sqrt()


def _of_table(path: Path, drawing: Spectrum, deviation: float) -> tuple[Tensor, Tensor]:
    """The magnitudes of a table's lowest frequencies."""
    try:
        table = torch.from_numpy(_table(path).astype(np.float32))
    except MediaError as error:
        raise ScoreError(f"magnitudes: {error}") from error
    height, width = drawing.height, drawing.width
    if table.shape[1] < height or table.shape[2] < width // 2 + 1:
        raise ScoreError(
            f"magnitudes: {path}: this table is for pictures of {2 * table.shape[2] - 2} x {table.shape[1]}, and "
            f"`size_px` is {width}; train a smaller picture"
        )
    rows = torch.cat([table[:, : height // 2], table[:, table.shape[1] - height // 2 :]], 1)
    magnitudes = rows[..., : width // 2 + 1].clone()
    magnitudes[:, 0, 0] = 0
    power = magnitudes[0].square()
    both = power.sum() + power[:, 1 : (width + 1) // 2].sum()
    return magnitudes * deviation / torch.sqrt(both / (height * width)), torch.zeros(3)


def _table(path: Path) -> NDArray[np.generic]:
    """The numbers of a table; raises MediaError."""
    try:
        if (size := path.stat().st_size) > MAX_BYTES:
            raise MediaError(f"{path}: {size} bytes; a table of magnitudes may have {MAX_BYTES}")
        table: NDArray[np.generic] = np.load(path, allow_pickle=False)
    except OSError as error:
        raise MediaError(f"{path}: cannot be read ({error.strerror or error})") from error
    except ValueError as error:
        raise MediaError(f"{path}: is no table of numbers ({error})") from error
    if table.ndim != 3 or len(table) != 3 or table.dtype.kind != "f":
        raise MediaError(
            f"{path}: a table of magnitudes has floats in the shape (3, height, width // 2 + 1), and this one has "
            f"{table.dtype} in {table.shape}"
        )
    if not np.isfinite(table).all() or table.min() < 0:
        raise MediaError(f"{path}: magnitudes are 0 or more, and some of these are not")
    return table
