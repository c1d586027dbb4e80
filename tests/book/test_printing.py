"""Printing: the pixels of the picture in every kind of file, further after a kill, and nothing half written."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pikepdf
import pytest
import tifffile
from numpy.typing import NDArray
from PIL import Image

from installation.atlas.architecture import Architecture
from installation.book import printing
from installation.book.paper import Paper, paper
from installation.book.printing import PrintOrder, write_print, write_proof
from installation.book.profiles import Conversion, profile
from installation.book.subject import of_atlas, of_score
from installation.errors import DeviceError, ScoreError
from installation.player.tiles import TilePainter
from tests.book.printers import black_ink
from tests.small_atlas import small_atlas

SHEET = Paper(60, 50, 254, 2, marks=True)
"""600 x 500 pixels, 640 x 540 with bleed, 840 x 740 with the margin: three bands."""

TRIMMED = Paper(60, 50, 254)


@pytest.fixture(scope="module")
def atlas(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("book") / "atlas"
    small_atlas(folder, Architecture(width=12, depth=4))
    return folder


Order = Callable[..., PrintOrder]


@pytest.fixture
def order(atlas: Path, tmp_path: Path) -> Order:
    def make(name: str = "p.tif", sheet: Paper = SHEET, colours: str = "srgb", words: str = "near-0") -> PrintOrder:
        return PrintOrder(of_atlas(words, atlas), sheet, Conversion(profile(colours)), tmp_path / name)

    return make


def picture_of(order: PrintOrder) -> NDArray[np.uint16]:
    """The picture with its bleed, drawn at once."""
    size_px, subject = order.sheet.picture_px, order.subject
    with TilePainter(subject.interpolator, subject.output, size_px, precise=True) as painter:
        display = np.concatenate(list(painter.bands(subject.frame_on(order.sheet))))
    return np.rint(display.clip(0, 1) * np.float32(65535)).astype(np.uint16)


def test_a_tiff_has_the_picture_in_16_bits_on_its_sheet_with_profile_and_size(order: Order) -> None:
    asked = order(colours="adobe-rgb")
    write_print(asked)
    with tifffile.TiffFile(asked.out) as tiff:
        page = tiff.pages[0]
        assert isinstance(page, tifffile.TiffPage)
        sheet = page.asarray()
        assert page.tags["XResolution"].value == (254, 1)
        assert page.iccprofile == profile("adobe-rgb").icc
        assert page.is_tiled
    assert sheet.shape == (740, 840, 3)
    inside = sheet[100:640, 100:740]
    assert (inside == asked.conversion.values(picture_of(asked))).all()
    assert (sheet[:100, 300:500] == 65535).all(), "the margin is white between its marks"
    assert not sheet[0, 120].any(), "a crop mark"


def test_what_is_left_when_it_is_trimmed_is_the_picture_without_bleed(order: Order) -> None:
    with_bleed = picture_of(order())[20:-20, 20:-20].astype(int)
    assert np.abs(with_bleed - picture_of(order(sheet=TRIMMED))).max() < 65535 * 0.002


def test_png_and_pdf_have_the_very_same_pixels(order: Order) -> None:
    plain = order("p.png", TRIMMED)
    write_print(plain)
    read = cv2.imdecode(np.frombuffer(plain.out.read_bytes(), np.uint8), cv2.IMREAD_UNCHANGED)
    assert read is not None
    assert (read[..., ::-1] == picture_of(plain)).all()
    with Image.open(plain.out) as png:
        assert png.info["icc_profile"] == profile("srgb").icc
        assert png.info["dpi"] == pytest.approx((254, 254), abs=0.1)
        assert json.loads(png.info["Provenance"])["neurons"] == {"test/near/0": 1.0}
    paged = order("p.pdf", TRIMMED)
    write_print(paged)
    with pikepdf.open(paged.out) as pdf:
        image = pdf.pages[0].Resources.XObject.Picture
        pixels = np.frombuffer(image.read_bytes(), ">u2").reshape(500, 600, 3)
        assert (pixels == picture_of(paged)).all()


def test_a_pdf_says_to_the_printer_where_it_is_cut_and_which_colours_it_means(order: Order) -> None:
    asked = order("p.pdf")
    write_print(asked)
    with pikepdf.open(asked.out) as pdf:
        page, points = pdf.pages[0], 72 / 254
        for box, inset in ((page.MediaBox, 0), (page.obj.BleedBox, 100), (page.obj.TrimBox, 120)):
            wanted = [inset, inset, 840 - inset, 740 - inset]
            assert [float(value) for value in box] == pytest.approx([points * value for value in wanted], abs=1e-3)
        intent = pdf.Root.OutputIntents[0]
        assert intent.S == "/GTS_PDFX"
        assert intent.DestOutputProfile.read_bytes() == profile("srgb").icc
        assert pdf.docinfo["/Trapped"] == "/False"
        assert pdf.pdf_version == "1.6"
        assert b"PDF/X-4" in pdf.Root.Metadata.read_bytes()
        assert not pdf.check_pdf_syntax()


def test_a_printer_of_four_inks_gets_a_tiff_and_no_png(order: Order, tmp_path: Path) -> None:
    (tmp_path / "black.icc").write_bytes(black_ink())
    asked = order(colours=str(tmp_path / "black.icc"))
    report = write_print(asked)
    assert tifffile.imread(asked.out).shape == (740, 840, 4)
    assert report.gamut is not None
    assert report.gamut.share > 0.5
    with pytest.raises(ScoreError, match=r"PNG holds no CMYK"):
        write_print(order("p.png", colours=str(tmp_path / "black.icc")))


class KilledError(Exception):
    """Stands for a kill."""


def killed_after(bands: int) -> Callable[[int, int], None]:
    def progress(done: int, total: int) -> None:  # noqa: ARG001 the callback's
        if done == bands:
            raise KilledError

    return progress


@pytest.mark.parametrize("name", ["p.tif", "p.png", "p.pdf"])
def test_a_print_that_was_killed_goes_on_where_it_was_and_is_the_same_bytes(order: Order, name: str) -> None:
    asked = order(name)
    with pytest.raises(KilledError):
        write_print(asked, killed_after(2))
    assert not asked.out.exists()
    assert write_print(asked).resumed == 2
    killed = asked.out.read_bytes()
    assert write_print(asked).resumed == 0
    assert asked.out.read_bytes() == killed
    assert sorted(one.name for one in asked.out.parent.iterdir()) == [name, f"{name}.json"]


def test_a_band_that_was_damaged_or_is_of_another_print_is_drawn_again(order: Order) -> None:
    asked = order()
    with pytest.raises(KilledError):
        write_print(asked, killed_after(2))
    band = next(asked.out.parent.glob(".*.work/*0.band"))
    band.write_bytes(band.read_bytes()[:-5])
    assert write_print(asked, None).resumed == 1
    with pytest.raises(KilledError):
        write_print(order(words="near-1"), killed_after(2))
    assert write_print(order(words="near-2"), None).resumed == 0


def test_a_full_disk_half_way_is_said_and_leaves_what_was_there(order: Order, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = order()
    asked.out.write_bytes(b"yesterday's")
    synced: list[int] = []

    def full(number: int) -> None:
        synced.append(number)
        if len(synced) > 5:
            raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(DeviceError, match=r"No space left on device; .*make room.*it goes on where it was"):
            write_print(asked)
    assert asked.out.read_bytes() == b"yesterday's"
    assert write_print(asked).resumed >= 1


def test_two_commands_do_not_draw_one_print(order: Order, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = order()

    def second(done: int, total: int) -> None:  # noqa: ARG001 the callback's
        monkeypatch.setattr(printing, "BandPainter", None)
        with pytest.raises(DeviceError, match="another command draws this print"):
            write_print(asked)
        raise KilledError

    with pytest.raises(KilledError):
        write_print(asked, second)


def test_a_soft_proof_is_a_small_picture_of_the_print(order: Order, tmp_path: Path) -> None:
    asked = order(sheet=TRIMMED)
    write_proof(asked, tmp_path / "proof.png")
    with Image.open(tmp_path / "proof.png") as proof:
        assert proof.size == (600, 500)
        assert np.abs(np.asarray(proof).astype(float) * 257 - picture_of(asked)).max() < 300


def test_a_frame_of_a_score_fills_the_sheet(atlas: Path, tmp_path: Path) -> None:
    score = atlas.parent / "score.yaml"
    score.write_text(
        "title: One\natlas: atlas\noutputs: {left: 64x36, right: 64x36}\n"
        "cues: [{id: 1, duration: 4s, layers: [{walk: [near-0, near-1]}]}]\n"
    )
    subject = of_score(score, "1s", "left", TRIMMED)
    asked = PrintOrder(subject, TRIMMED, Conversion(profile("srgb")), tmp_path / "f.tif")
    write_print(asked)
    assert (tifffile.imread(asked.out) == picture_of(asked)).all()
    told = json.loads((tmp_path / "f.tif.json").read_text())
    assert (told["score"]["file"], told["frame"], told["output"]) == ("score.yaml", 30, "left")
    with pytest.raises(ScoreError, match=r"has left, right; say which one is printed"):
        of_score(score, "1s", None, TRIMMED)


@pytest.mark.parametrize("size", ["60x50mm", "20x60mm"])
def test_a_layer_fills_the_sheet_with_squares(order: Order, size: str) -> None:
    asked = order(sheet=paper(size, 200), words="test/near")
    picture = picture_of(asked)
    assert asked.subject.facts["plate"] == "test/near"
    seen = (picture.max(-1) > 2000).any(1).mean(), (picture.max(-1) > 2000).any(0).mean()
    assert max(seen) > 0.9, "from edge to edge, one way"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("nobody", "neuron 'nobody' is not in the atlas"),
        ("near-0:x+near-1", "'x' is not a share of 'near-0'"),
        ("near-0:-1+near-1", "is not a share"),
    ],
)
def test_what_is_not_there_cannot_be_printed(atlas: Path, words: str, told: str) -> None:
    with pytest.raises(ScoreError, match=told):
        of_atlas(words, atlas)


def test_a_print_is_one_of_four_kinds_of_file(order: Order) -> None:
    with pytest.raises(ScoreError, match=r"p\.jpg ends in \.jpg; a print is \.tif, \.tiff, \.png, \.pdf"):
        write_print(order("p.jpg"))
    with pytest.raises(ScoreError, match=r"million pixels are too many for a PDF"):
        write_print(order("p.pdf", Paper(2000, 2000, 300)))
