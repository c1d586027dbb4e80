"""Stills: one picture as a PNG, whole or not there at all."""

from __future__ import annotations

import errno
import io
import os
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray
from PIL import Image

from installation.errors import DeviceError
from installation.outputs.png import PngWriter, dpi_chunk, png_bytes, text_chunks, write_still

PICTURE = np.random.default_rng(3).integers(0, 256, (36, 64, 4), np.uint8)


def test_a_still_holds_the_exact_pixels_tagged_as_srgb(tmp_path: Path) -> None:
    write_still(tmp_path / "still.png", PICTURE)
    with Image.open(tmp_path / "still.png") as still:
        assert (np.asarray(still) == PICTURE[..., :3]).all()
        assert still.info["srgb"] == 0
    assert [entry.name for entry in tmp_path.iterdir()] == ["still.png"]


def test_the_same_picture_always_gives_the_same_bytes() -> None:
    assert png_bytes(PICTURE) == png_bytes(PICTURE.copy())


@settings(max_examples=30, deadline=None)
@given(
    picture=arrays(np.uint16, st.tuples(st.integers(1, 9), st.integers(1, 9), st.just(3))),
    cuts=st.sets(st.integers(1, 8)),
)
def test_a_picture_of_16_bits_written_in_bands_is_read_as_it_was(picture: NDArray[np.uint16], cuts: set[int]) -> None:
    height, width, _ = picture.shape
    file = io.BytesIO()
    writer = PngWriter(file, (width, height), bits=16, chunks=[dpi_chunk(300), *text_chunks({"Title": "Brücke"})])
    for band in np.split(picture, sorted(cuts)):
        writer.write(band)
    writer.finish()
    read = cv2.imdecode(np.frombuffer(file.getvalue(), np.uint8), cv2.IMREAD_UNCHANGED)
    assert read is not None
    assert (read[..., ::-1] == picture).all()
    with Image.open(file) as opened:
        assert opened.info["dpi"] == pytest.approx((300, 300), abs=0.01)
        assert opened.info["Title"] == "Brücke"


def test_a_full_disk_leaves_the_still_that_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    (tmp_path / "still.png").write_bytes(b"yesterday's")
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(DeviceError, match=r"still\.png: cannot be written: No space left on device; the old content"):
        write_still(tmp_path / "still.png", PICTURE)
    assert (tmp_path / "still.png").read_bytes() == b"yesterday's"
    assert [entry.name for entry in tmp_path.iterdir()] == ["still.png"]


def test_a_missing_folder_is_said(tmp_path: Path) -> None:
    with pytest.raises(DeviceError, match=r"there is no folder .*nowhere; make it first"):
        write_still(tmp_path / "nowhere" / "still.png", PICTURE)
