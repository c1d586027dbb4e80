"""Identity: whatever left the installation says where it is from, and is made again, byte for byte."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import av
import pytest

from installation.atlas.architecture import Architecture
from installation.atlas.atlas import Atlas
from installation.atlas.interpolate import Interpolator
from installation.book.atlas_map import AtlasMap
from installation.book.contact_sheet import write_sheet
from installation.book.identity import facts_in, make_again, origin_of, told
from installation.book.map_picture import draw_map
from installation.book.paper import Paper
from installation.book.printing import PrintOrder, write_print
from installation.book.profiles import Conversion, profile
from installation.book.subject import of_atlas, of_score
from installation.editions.production import Production
from installation.errors import ScoreError
from installation.outputs.films.formats import FORMATS
from installation.player.offline import draw_neuron, export_film, write_still
from tests.small_atlas import small_atlas

SCORE = """\
title: Ébauche
atlas: atlas
fps: 10
outputs: {left: 64x36, right: 48x48}
parameters: {near: {default: 1, range: [0.5, 4]}}
cues: [{id: 1, duration: 4s, layers: [{walk: [near-0, near-1], view: {zoom: $near}}]}]
"""
SHEET = Paper(20, 20, 254)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    small_atlas(tmp_path / "atlas", Architecture(width=8, depth=3))
    (tmp_path / "score.yaml").write_text(SCORE, encoding="utf-8")
    return tmp_path


Make = Callable[[Path], Path]


def still(folder: Path) -> Path:
    production = Production.open(folder / "score.yaml", output="left", settings=["near=2"], in_tiles=True)
    return write_still(production, folder / "still.png", "1.5s")[0]


def film(folder: Path) -> Path:
    production = Production.open(folder / "score.yaml", output="right", size=(32, 32))
    return export_film(production, folder / "film.mp4", "1", "1.5")[0]


def prores(folder: Path) -> Path:
    production = Production.open(folder / "score.yaml", output="left", fps="25")
    return export_film(production, folder / "film.mov", "0", "0.2")[0]


def hdr_wall(folder: Path) -> Path:
    """What one monitor of a rig shows, in ten bits of PQ."""
    (folder / "rig.yaml").write_text(
        "heads: {left: {monitor: {connector: DP-1}, rotation: 90, white: [1, 0.8, 0.6]}}\n"
    )
    production = Production.open(folder / "score.yaml", output="left")
    h265, rig = FORMATS["h265"], folder / "rig.yaml"
    return export_film(production, folder / "hdr.mp4", "0", "0.2", film=h265, signal_range="pq", rig=rig)[0]


def hdr_score(folder: Path) -> Path:
    """A film whose score asks for HLG."""
    (folder / "score.yaml").write_text(SCORE + "film_range: hlg\n", encoding="utf-8")
    production = Production.open(folder / "score.yaml", output="left")
    return export_film(production, folder / "hlg.mp4", "0", "0.2")[0]


def neuron(folder: Path) -> Path:
    atlas = Atlas.open(folder / "atlas")
    draw_neuron(Interpolator(atlas), atlas.find("far-2"), 40, folder / "far.png")
    return folder / "far.png"


def sheet(folder: Path) -> Path:
    atlas = Atlas.open(folder / "atlas")
    write_sheet(atlas, folder / "sheet.png", atlas.of_family("near"), 32)
    return folder / "sheet.png"


def mapped(folder: Path) -> Path:
    atlas = Atlas.open(folder / "atlas")
    draw_map(AtlasMap(tuple(one.address for one in atlas.neurons), 3), atlas, (90, 60), folder / "map.png", "layer")
    return folder / "map.png"


def printed(suffix: str) -> Make:
    def make(folder: Path) -> Path:
        out = folder / f"print{suffix}"
        write_print(
            PrintOrder(of_atlas("near-0:3+near-1:1", folder / "atlas"), SHEET, Conversion(profile("adobe-rgb")), out)
        )
        return out

    return make


def printed_frame(folder: Path) -> Path:
    subject = of_score(folder / "score.yaml", "2s", "left", SHEET)
    write_print(PrintOrder(subject, SHEET, Conversion(profile("srgb")), folder / "frame.tif"))
    return folder / "frame.tif"


@pytest.mark.parametrize(
    "make",
    [
        still,
        film,
        prores,
        hdr_wall,
        hdr_score,
        neuron,
        sheet,
        mapped,
        printed(".tif"),
        printed(".png"),
        printed(".pdf"),
        printed_frame,
    ],
)
def test_what_left_says_where_it_is_from_and_is_made_again_byte_for_byte(folder: Path, make: Make) -> None:
    file = make(folder)
    facts = facts_in(file)
    origin = origin_of(facts, folder, atlas=folder / "atlas")
    assert (origin.missing, origin.differs) == ((), ())
    assert facts["atlas"] == Atlas.open(folder / "atlas").digest
    assert facts["networks"]["test"]["attribution"] == "none"
    assert ("network test", "none") in told(facts)
    (again,) = make_again(facts, origin, folder, folder / f"again{file.suffix}")
    assert again.read_bytes() == file.read_bytes()


def test_every_picture_of_a_folder_says_which_film_it_is_from(folder: Path) -> None:
    production = Production.open(folder / "score.yaml", output="left")
    (frames,) = export_film(production, folder / "frames", "1", "1.2")
    assert [facts_in(picture)["frames"] for picture in sorted(frames.iterdir())] == [[10, 12]] * 2
    (light,) = export_film(production, folder / "light", "1", "1.2", film=FORMATS["exr"])
    assert [facts_in(picture)["format"] for picture in sorted(light.iterdir())] == ["exr"] * 2


def test_a_rig_that_was_changed_or_is_gone_is_said(folder: Path) -> None:
    facts = facts_in(hdr_wall(folder))
    (folder / "rig.yaml").write_text("heads: {}\n")
    assert origin_of(facts, folder).missing == ("the rig rig.yaml was changed since",)
    (folder / "rig.yaml").unlink()
    assert origin_of(facts, folder).missing == ("the rig rig.yaml is not beside it",)


def test_a_score_that_was_changed_or_is_gone_is_said(folder: Path) -> None:
    facts = facts_in(still(folder))
    (folder / "score.yaml").write_text(SCORE + "# later\n", encoding="utf-8")
    origin = origin_of(facts, folder)
    assert "score.yaml was changed since" in origin.missing[0]
    with pytest.raises(ScoreError, match="it cannot be made again"):
        make_again(facts, origin, folder, folder / "again.png")
    (folder / "score.yaml").unlink()
    assert origin_of(facts, folder).missing == ("the score score.yaml is not here; name it with --score FILE",)


def test_another_atlas_is_said(folder: Path, tmp_path: Path) -> None:
    facts = facts_in(neuron(folder))
    small_atlas(tmp_path / "other", Architecture(width=4, depth=2))
    assert "is another one: its digest is" in origin_of(facts, folder, atlas=tmp_path / "other").missing[0]
    assert "no atlas here" in origin_of(facts, folder, atlas=tmp_path / "nowhere").missing[0]


def test_other_versions_are_a_note_and_no_obstacle(folder: Path) -> None:
    facts = dict(facts_in(neuron(folder)))
    facts["versions"] = {**facts["versions"], "numba": "0.1"}
    origin = origin_of(facts, folder, atlas=folder / "atlas")
    assert not origin.missing
    assert "numba was 0.1" in origin.differs[0]


@pytest.mark.parametrize(
    "content", [b"", b"GIF89a", b"Provenance: {", b'Provenance: {"neural_image": "x"}', b"\xff" * 99]
)
def test_a_file_that_says_nothing_is_told_so(tmp_path: Path, content: bytes) -> None:
    for name in ("picture.png", "film.mp4"):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(ScoreError, match="says nothing about where it comes from"):
            facts_in(tmp_path / name)


def test_words_beside_a_file_count_where_it_has_none(tmp_path: Path) -> None:
    (tmp_path / "scan.jpg").write_bytes(b"a scan of the print")
    (tmp_path / "scan.jpg.json").write_text(json.dumps({"neural_image": 1, "kind": "print"}))
    facts = facts_in(tmp_path / "scan.jpg")
    assert facts["kind"] == "print"
    with pytest.raises(ScoreError, match="name the one of that time"):
        make_again(facts, origin_of(facts, tmp_path), tmp_path, tmp_path / "again.tif")
    (tmp_path / "scan.jpg.json").write_text(json.dumps({"neural_image": 99}))
    with pytest.raises(ScoreError, match="newer version"):
        facts_in(tmp_path / "scan.jpg")


def test_a_score_that_asks_for_hdr_gets_a_film_that_can_have_it(folder: Path) -> None:
    with av.open(str(hdr_score(folder))) as film:
        context = film.streams.video[0].codec_context
        assert (context.name, context.pix_fmt) == ("hevc", "yuv420p10le")
        assert (context.color_primaries, context.color_trc, context.colorspace) == (9, 18, 9)  # BT.2020, HLG (H.273)
