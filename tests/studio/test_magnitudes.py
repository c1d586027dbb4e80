"""MACO under given magnitudes: those of one's own pictures, or a table's."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from installation.atlas.spectrum import colour_matrix, image, logit_spectrum
from installation.errors import MediaError, ScoreError
from installation.media.image_file import image_facts
from installation.studio.objectives.magnitudes import table_digest
from installation.studio.recipes.files import RecipeFile
from installation.studio.recipes.recipe import Settings
from installation.studio.spectrum_parameterization import COLOUR_DEVIATIONS, spectrum_of
from installation.studio.training import train
from tests.studio.tiny import load_tiny

TINY = Settings(kind="maco", size_px=24, first_size_px=24, root_steps=10, root_rate=0.1, contrast=0)


def maco(*files: Path, size_px: int = 24) -> Settings:
    given = tuple(
        RecipeFile(str(file), table_digest(file) if file.suffix == ".npy" else image_facts(file).digest)
        for file in files
    )
    return replace(TINY, size_px=size_px, magnitudes=given)


def trained_magnitudes(settings: Settings) -> torch.Tensor:
    latent = train(load_tiny("tiny"), "last", 2, None, settings, seed=1).latent
    return torch.view_as_complex(latent.view(spectrum_of(settings).shape)).abs()


def test_phases_are_trained_under_the_magnitudes_of_pictures_of_ones_own(tmp_path: Path) -> None:
    """Stripes of four pixels across: whatever the phases, the picture is stripes of that width."""
    bright = (128 + 60 * np.sin(2 * np.pi * np.arange(24) / 4)).astype(np.uint8)
    Image.fromarray(np.tile(bright[None, :, None], (24, 1, 3))).save(tmp_path / "stripes.png")
    found = trained_magnitudes(maco(tmp_path / "stripes.png"))
    brightness = found[0].clone()
    brightness[0, 0] = 0
    assert divmod(int(brightness.argmax()), brightness.shape[1]) == (0, 6)
    twice = maco(tmp_path / "stripes.png", tmp_path / "stripes.png")
    torch.testing.assert_close(trained_magnitudes(twice), found, atol=1e-4, rtol=1e-4)


def test_a_table_of_magnitudes_gives_a_picture_its_spectrum(tmp_path: Path) -> None:
    """The lowest frequencies of a larger table count, and the brightness has the deviation of photographs."""
    table = np.zeros((3, 32, 17), np.float32)
    table[:, 2, 3], table[:, 30, 3], table[:, 16, 16] = 5.0, 2.0, 100.0
    np.save(tmp_path / "mean.npy", table)
    found = trained_magnitudes(maco(tmp_path / "mean.npy"))
    lit = {divmod(int(one), found.shape[2]) for one in found[0].flatten().nonzero()}
    assert lit == {(2, 3), (22, 3)}
    settings = maco(tmp_path / "mean.npy")
    latent = train(load_tiny("tiny"), "last", 2, None, settings, seed=1).latent
    spectrum = logit_spectrum(latent, replace(spectrum_of(settings), decay=1.0))
    logits = torch.linalg.solve(colour_matrix(), image(spectrum, spectrum_of(settings)).flatten(1))
    assert logits[0].std().item() == pytest.approx(COLOUR_DEVIATIONS[0], rel=0.02)


def test_a_table_that_is_none_is_refused_in_words(tmp_path: Path) -> None:
    (tmp_path / "text.npy").write_text("not a table")
    with pytest.raises(MediaError, match=r"text\.npy: is no table of numbers"):
        table_digest(tmp_path / "text.npy")
    np.save(tmp_path / "flat.npy", np.zeros((4, 5)))
    with pytest.raises(MediaError, match=r"a table of magnitudes has floats in the shape \(3, height"):
        table_digest(tmp_path / "flat.npy")
    np.save(tmp_path / "dark.npy", np.full((3, 8, 5), -1.0))
    with pytest.raises(MediaError, match="magnitudes are 0 or more, and some of these are not"):
        table_digest(tmp_path / "dark.npy")
    np.save(tmp_path / "small.npy", np.ones((3, 16, 9)))
    with pytest.raises(ScoreError, match=r"this table is for pictures of 16 x 16, and `size_px` is 24"):
        train(load_tiny("tiny"), "last", 2, None, maco(tmp_path / "small.npy"), seed=1)
