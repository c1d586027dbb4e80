"""The archive: a show in one file, opened on another machine, looks as it did or says why not."""

from __future__ import annotations

import hashlib
import json
import shutil
import wave
import zipfile
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont
from PIL import Image
from typer.testing import CliRunner

from installation.atlas.architecture import Architecture
from installation.atlas.map import StoredMap, write_map
from installation.book import unpacking
from installation.book.archive import MANIFEST, pack
from installation.book.unpacking import unpack
from installation.commands.cli import app
from installation.errors import DeviceError, ScoreError
from installation.media.font_file import SHIPPED, installed_families
from tests.small_atlas import small_atlas

SCORES = Path(__file__).parents[2] / "scores"
SCORE = """\
title: Kept
atlas: atlas
outputs: {left: 64x36, right: 48x48}
cues:
  - {id: 1, duration: 2s, layers: [{walk: [near-0, near-1]}]}
  - {id: "2.5", duration: 2s, transition: {dissolve: 1s}, layers: [{walk: far-2}]}
"""
MEDIA_SCORE = """\
title: Kept
atlas: atlas
outputs: {wall: 64x36}
cues:
  - id: 1
    duration: 2s
    sound: [{file: material/wind.wav}]
    layers:
      - {walk: near-0, effects: [{isf: {shader: material/ripples.fs}}]}
      - {image: material/sea.png, opacity: 0.5}
      - {text: {words: Sea, font: Venue, size: 0.5}}
  - {id: 2, duration: 2s, layers: [{clip: material/film}, {text: Sky}]}
"""
RIG = """\
heads:
  left: {monitor: {connector: HDMI-1}, masks: [{picture: mask.png}]}
"""


@pytest.fixture
def show(tmp_path: Path) -> Path:
    folder = tmp_path / "show"
    small_atlas(folder / "atlas", Architecture(width=8, depth=3))
    (folder / "kept.yaml").write_text(SCORE)
    (folder / "rig.yaml").write_text(RIG)
    Image.new("L", (64, 36), 255).save(folder / "mask.png")
    (folder / "letters.txt").write_text("private, and no part of the show")
    return folder


def test_a_show_comes_out_as_it_went_in(show: Path, tmp_path: Path) -> None:
    names = pack(show / "kept.yaml", tmp_path / "kept.zip", show / "rig.yaml")
    assert {"show/kept.yaml", "show/rig.yaml", "show/mask.png", "show/atlas/atlas.json", "README.txt"} <= set(names)
    assert not any("letters" in name for name in names)
    verdict = unpack(tmp_path / "kept.zip", tmp_path / "again")
    assert verdict.is_same
    assert sorted(verdict.differences) == ["001-1-left", "001-1-right", "002-2-5-left", "002-2-5-right"]
    assert set(verdict.differences.values()) == {0}
    assert verdict.score == tmp_path / "again" / "show" / "kept.yaml"
    assert (tmp_path / "again" / "show" / "mask.png").read_bytes() == (show / "mask.png").read_bytes()
    words = (tmp_path / "again" / "README.txt").read_text()
    assert "Kept\n====" in words
    assert "1 / (1 + exp(-p))" in words


def test_the_same_show_is_the_same_bytes(show: Path, tmp_path: Path) -> None:
    for name in ("one.zip", "two.zip"):
        pack(show / "kept.yaml", tmp_path / name)
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()


def test_a_show_with_the_shipped_atlas_carries_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shipped = small_atlas(tmp_path / "shipped", Architecture(width=8, depth=3))
    for module in ("installation.score.reader", "installation"):
        monkeypatch.setattr(f"{module}.SHIPPED_ATLAS", shipped.folder)
    (tmp_path / "show").mkdir()
    score = tmp_path / "show" / "score.yaml"
    score.write_text(SCORE.replace("atlas: atlas\n", ""))
    pack(score, tmp_path / "show.zip")
    monkeypatch.setattr("installation.score.reader.SHIPPED_ATLAS", tmp_path / "another")
    assert unpack(tmp_path / "show.zip", tmp_path / "again").is_same


def test_an_atlas_that_lies_elsewhere_and_a_score_beside_its_own_come_along(tmp_path: Path) -> None:
    small_atlas(tmp_path / "atlases" / "one", Architecture(width=8, depth=3))
    (tmp_path / "scores").mkdir()
    score = tmp_path / "scores" / "score.yaml"
    score.write_text(SCORE.replace("atlas: atlas", "atlas: ../atlases/one"))
    names = pack(score, tmp_path / "show.zip")
    assert {"show/scores/score.yaml", "show/atlases/one/atlas.json"} <= set(names)
    (tmp_path / "atlases").rename(tmp_path / "gone")
    assert unpack(tmp_path / "show.zip", tmp_path / "again").is_same


def fonts_of_this_machine(folder: Path) -> Path:
    """The shipped font, as if it were installed here as the family `Venue`."""
    found = folder / "installed" / "venue.ttf"
    found.parent.mkdir()
    font = TTFont(SHIPPED)
    for number in (1, 16):
        font["name"].setName("Venue", number, 3, 1, 0x409)
    font.save(found)
    return found


def test_pictures_films_shaders_sounds_and_fonts_come_along(
    show: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    font = fonts_of_this_machine(tmp_path)
    monkeypatch.setattr("installation.media.font_file._font_folders", lambda: [font.parent])
    installed_families.cache_clear()
    (show / "material").mkdir()
    Image.new("RGB", (32, 18), (200, 80, 20)).save(show / "material" / "sea.png")
    (show / "material" / "film").mkdir()
    for number in range(3):
        Image.new("RGB", (32, 18), (20, 80 * number, 200)).save(show / "material" / "film" / f"{number:03}.png")
    shutil.copy(SCORES / "shaders" / "ripples.fs", show / "material")
    with wave.open(str(show / "material" / "wind.wav"), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        sound.writeframes(bytes(32_000))
    (show / "kept.yaml").write_text(MEDIA_SCORE)
    names = set(pack(show / "kept.yaml", tmp_path / "kept.zip"))
    assert {
        f"show/material/{name}" for name in ("sea.png", "film/000.png", "film/002.png", "ripples.fs", "wind.wav")
    } < names
    assert {"show/fonts/venue.ttf", "show/fonts/Inter.ttf", "show/fonts/OFL.txt"} < names
    font.unlink()
    shutil.rmtree(show)
    installed_families.cache_clear()
    verdict = unpack(tmp_path / "kept.zip", tmp_path / "again")
    assert verdict.failures == ()
    assert set(verdict.differences.values()) == {0}
    installed_families.cache_clear()


def test_several_atlases_come_along_with_what_lies_beside_them(show: Path, tmp_path: Path) -> None:
    mine = small_atlas(tmp_path / "atlases" / "mine", Architecture(width=4, depth=1))
    (mine.folder / "collections.yaml").write_text("collections: []")
    write_map(mine.folder, StoredMap({one.address: (float(one.row), 0.0) for one in mine.neurons}, ""))
    named = SCORE.replace("atlas: atlas", "atlas: {main: atlas, mine: ../atlases/mine}")
    (show / "kept.yaml").write_text(named.replace("{walk: far-2}", "{plate: {map: 'mine:likeness'}}"))
    names = set(pack(show / "kept.yaml", tmp_path / "kept.zip"))
    assert {f"show/atlases/mine/{name}" for name in ("atlas.json", "collections.yaml", "map.json")} < names
    assert "show/show/atlas/atlas.json" in names
    shutil.rmtree(tmp_path / "atlases")
    assert unpack(tmp_path / "kept.zip", tmp_path / "again").is_same


def test_what_cannot_move_is_refused_with_a_way_out(show: Path, tmp_path: Path) -> None:
    Image.new("RGB", (8, 8)).save(tmp_path / "sea.png")
    picture = f"{{image: {tmp_path / 'sea.png'}}}"
    (show / "kept.yaml").write_text(SCORE.replace("{walk: far-2}", picture))
    with pytest.raises(ScoreError, match=r"sea\.png is named by its full path, .* put it beside the score"):
        pack(show / "kept.yaml", tmp_path / "kept.zip")
    small_atlas(show / "mine", Architecture(width=4, depth=1))
    (show / "kept.yaml").write_text(
        "atlas: {mine: mine}\noutputs: {wall: 64x36}\ncues: [{id: 1, duration: 2s, layers: [{walk: 'mine:near-0'}]}]\n"
    )
    with pytest.raises(ScoreError, match="name their atlas, too"):
        pack(show / "kept.yaml", tmp_path / "kept.zip")
    assert not (tmp_path / "kept.zip").exists()


def changed(archive: Path, name: str, data: bytes | None, *, told: bool = False) -> Path:
    """The archive with other content of a file, or without it; `told` in the manifest, too."""
    out = archive.with_name("changed.zip")
    with zipfile.ZipFile(archive) as before, zipfile.ZipFile(out, "w") as after:
        manifest = json.loads(before.read(MANIFEST))
        for one in before.namelist():
            if one != MANIFEST and (one != name or data is not None):
                after.writestr(one, data if one == name and data is not None else before.read(one))
        if told and data is not None:
            if name not in before.namelist():
                after.writestr(name, data)
            manifest["sha256"][name] = hashlib.sha256(data).hexdigest()
        after.writestr(MANIFEST, json.dumps(manifest))
    return out


def test_a_damaged_file_is_named_and_nothing_is_left(show: Path, tmp_path: Path) -> None:
    pack(show / "kept.yaml", tmp_path / "kept.zip")
    before = set(tmp_path.iterdir())
    for data, told in ((b"bent", "kept.yaml is damaged"), (None, "is damaged")):
        broken = changed(tmp_path / "kept.zip", "show/kept.yaml", data)
        with pytest.raises(ScoreError, match=told):
            unpack(broken, tmp_path / "again")
        broken.unlink()
    assert set(tmp_path.iterdir()) == before


@pytest.mark.parametrize("name", ["../evil.py", "/tmp/evil.py", "show/../../evil.py", "a\\..\\evil.py"])
def test_an_archive_cannot_write_outside_its_folder(show: Path, tmp_path: Path, name: str) -> None:
    pack(show / "kept.yaml", tmp_path / "kept.zip")
    with pytest.raises(ScoreError, match="would lie outside the folder"):
        unpack(changed(tmp_path / "kept.zip", name, b"evil", told=True), tmp_path / "again")


def with_manifest(archive: Path, **said: object) -> Path:
    """The archive with a manifest that says something else."""
    out = archive.with_name("changed.zip")
    with zipfile.ZipFile(archive) as before, zipfile.ZipFile(out, "w") as after:
        for one in before.namelist():
            if one != MANIFEST:
                after.writestr(one, before.read(one))
        after.writestr(MANIFEST, json.dumps(json.loads(before.read(MANIFEST)) | said))
    return out


@pytest.mark.parametrize(
    "said",
    [
        {"score": "/etc/passwd"},
        {"score": "../score.yaml"},
        {"stills": {"../../x": {"frame": 0, "output": "left"}}},
        {"stills": {"x": {"frame": "1e999", "output": "left"}}},
        {"stills": {"x": {}}},
        {"stills": []},
        {"sha256": "none"},
        {"sha256": {"a\0b": "0"}},
    ],
)
def test_a_manifest_that_says_what_cannot_be_is_refused(show: Path, tmp_path: Path, said: dict[str, object]) -> None:
    pack(show / "kept.yaml", tmp_path / "kept.zip")
    with pytest.raises(ScoreError, match=r"changed\.zip"):
        unpack(with_manifest(tmp_path / "kept.zip", **said), tmp_path / "again")
    assert not (tmp_path / "again").exists()


def test_an_archive_that_unpacks_to_far_too_much_is_refused_before_it_is(
    show: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pack(show / "kept.yaml", tmp_path / "kept.zip")
    monkeypatch.setattr(unpacking, "MAX_BYTES", 1_000)
    with pytest.raises(ScoreError, match="do not trust this file"):
        unpack(tmp_path / "kept.zip", tmp_path / "again")


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"no zip at all"])
def test_what_is_no_archive_is_said(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "show.zip").write_bytes(content)
    with pytest.raises(ScoreError, match="is not an archive of a show"):
        unpack(tmp_path / "show.zip", tmp_path / "again")
    with pytest.raises(ScoreError, match="there is no such file"):
        unpack(tmp_path / "gone.zip", tmp_path / "again")


def test_a_show_that_no_longer_looks_the_same_is_said_by_the_command(show: Path, tmp_path: Path) -> None:
    archive = tmp_path / "kept.zip"
    run = CliRunner().invoke
    assert run(app, ["pack", str(show / "kept.yaml"), "--out", str(archive)]).exit_code == 0
    good = run(app, ["unpack", str(archive), "--out", str(tmp_path / "good")])
    assert good.exit_code == 0
    assert "the show looks as it did; play it with: installation play" in good.output
    with zipfile.ZipFile(archive) as packed:
        other = packed.read("stills/001-1-right.png")
    bad = changed(archive, "stills/002-2-5-right.png", other, told=True)
    done = run(app, ["unpack", str(bad), "--out", str(tmp_path / "bad")])
    assert done.exit_code == 1
    assert "the show looks different" in done.output
    with pytest.raises(DeviceError, match="is there already"):
        unpack(archive, tmp_path / "good")
