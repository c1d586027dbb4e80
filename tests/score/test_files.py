"""What may be wrong with a file before its words are looked at."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from installation import SHIPPED_ATLAS
from installation.errors import AtlasError, ScoreError
from installation.language import limits
from installation.score.reader import check, read, score_atlas_path
from tests.score.five_neurons import Author, FiveNeurons, with_layer

GOOD = with_layer("walk: pagoda")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "1:1: this file is empty"),
        ("# only words\n", "1:1: this file is empty"),
        ("---\n...\n", "1:1: this file is empty"),
        (
            "just words",
            (
                "1:1: takes a score (version, title, atlas, fps, seed, loop, film_range, outputs, priority, "
                "parameters, cameras, effects, cues), not a word"
            ),
        ),
        ("[1, 2]", "1:1: takes a score"),
        ("outputs:\n\tleft: 64x64\n", "2:1: a tab indents this line: use ordinary spaces"),
        (
            "outputs:\n\u00a0 left: 64x64\n",
            "2:1: a space that YAML does not allow indents this line: use ordinary spaces",
        ),
        ("a: 1\n---\nb: 2\n", "2:1: a second document begins here"),
        ("outputs: {left: 64x64\ncues: []\n", "2:5: a bracket is left open, or a comma is missing (see line 1)"),
        ("title: 'sea\ncues: []\n", "3:1: a quote or bracket is left open (see line 1)"),
        ("title: a: b", "1:9: one colon too many"),
        ("cues:\n  - id: 1\n     layers: []\n", "3:12: one colon too many"),
        ("title: @sea", "1:8: this character means something else in YAML: put the text in quotes"),
        ("title: \x07sea", "1:8: an invisible control character: delete it"),
        ("[" * 1000, "1:17: nested more than 16 deep"),
        ("{" * 100_000, "1:17: nested more than 16 deep"),
        ("%YAML 9.9\n---\na: 1", "1:1: this is not YAML: found incompatible YAML document"),
        (
            "outputs:{left: 64x64}",
            "1:1: outputs:{left: 'outputs:{left' is not a key of a score; is the space after a colon",
        ),
    ],
)
def test_a_file_that_is_no_score_is_refused_with_the_place(author: Author, text: str, told: str) -> None:
    assert author.mistakes(text)[0].startswith(told)


def test_tabs_are_told_line_by_line(author: Author) -> None:
    mistakes = author.mistakes("outputs:\n\tleft: 64x64\n \tright: 64x64\ntitle: a\tb\n")
    assert [one.partition(":")[0] for one in mistakes] == ["2", "3"]


def test_anchors_and_aliases_are_refused_where_they_stand(author: Author) -> None:
    text = GOOD.replace("walk: pagoda", "walk: &sea pagoda}, {walk: *sea, blend: add")
    assert author.mistakes(text) == [
        "6:21: cues[0].layers[0].walk: anchor &sea: anchors are not allowed; delete it, and repeat its content instead",
        "6:42: cues[0].layers[1].walk: alias *sea: aliases are not allowed; write it out",
    ]


def test_a_billion_laughs_cost_nothing(author: Author) -> None:
    laughs = "a: &a [x]\n" + "".join(
        f"{new}: &{new} [{f'*{old}, ' * 9}]\n" for old, new in zip("abcdefgh", "bcdefghi", strict=True)
    )
    assert all(
        "anchor" in one or "alias" in one or "not a key" in one or "missing" in one for one in author.mistakes(laughs)
    )


def test_bytes_that_are_no_text_are_told_with_their_place(author: Author) -> None:
    assert author.mistakes(b"title: a\ncaf\xe9: 1") == ["2:4: byte 0xe9 is not UTF-8: save the file as UTF-8 text"]
    assert "not UTF-8" in author.mistakes(GOOD.encode("utf-16"))[0]


def test_a_byte_order_mark_and_windows_line_ends_are_no_mistake(author: Author) -> None:
    assert author.mistakes(b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode()) == []


def test_a_file_far_too_large_is_not_read(author: Author) -> None:
    assert "bytes are too many" in author.mistakes(b"#" * (limits.FILE_BYTES + 1))[0]


def test_a_missing_file_is_told_with_the_nearest_name(tmp_path: Path) -> None:
    (tmp_path / "first_light.yaml").write_text(GOOD)
    with pytest.raises(ScoreError, match=r"there is no such file; did you mean 'first_light.yaml'\?"):
        read(tmp_path / "first_ligth.yaml", FiveNeurons())


@pytest.mark.parametrize("name", ["nowhere/score.yaml", "a" * 5000, "nul\0.yaml"])
def test_a_name_that_no_file_can_have_is_the_authors_mistake(tmp_path: Path, name: str) -> None:
    with pytest.raises(ScoreError):
        read(tmp_path / name, FiveNeurons())


def test_a_folder_or_a_pipe_is_no_score(tmp_path: Path) -> None:
    with pytest.raises(ScoreError, match="this is a folder"):
        read(tmp_path, FiveNeurons())
    os.mkfifo(tmp_path / "pipe.yaml")
    with pytest.raises(ScoreError, match="not an ordinary file"):
        read(tmp_path / "pipe.yaml", FiveNeurons())


def test_the_atlas_is_the_one_that_the_score_names_or_the_shipped_one(author: Author) -> None:
    author.check(GOOD)
    assert score_atlas_path(author.file) == SHIPPED_ATLAS
    (author.file.parent / "mine").mkdir()
    told = author.mistakes(f"atlas: mine\n{GOOD}".replace("arch", "archh", 1))
    assert told[0] == "1:8: atlas: folder 'mine' is not an atlas: atlas.json is missing in it"
    (author.file.parent / "mine" / "atlas.json").touch()
    author.check(f"atlas: mine\n{GOOD}")
    assert score_atlas_path(author.file) == author.file.parent / "mine"
    author.check(f"atlas: minee\n{GOOD}")
    with pytest.raises(ScoreError, match="'minee' is not a folder beside the score"):
        score_atlas_path(author.file)


def test_a_damaged_atlas_is_not_the_authors_mistake(author: Author) -> None:
    (author.file.parent / "mine").mkdir()
    (author.file.parent / "mine" / "atlas.json").write_text("{")
    author.file.write_text(f"atlas: mine\n{GOOD}")
    with pytest.raises(AtlasError):
        check(author.file)


def test_a_seed_is_told_to_do_nothing(author: Author) -> None:
    (warning,) = author.check(f"seed: 7\n{GOOD}").warnings
    assert "1:1" in str(warning) or "1:7" in str(warning)
    assert "seed has no effect" in str(warning)


def test_a_decimal_comma_between_braces_is_told(author: Author) -> None:
    (mistake,) = author.mistakes(GOOD.replace("walk: pagoda", "walk: pagoda, view: {zoom: 1,5}"))
    assert "a comma ends the number 1 here; did you mean 1.5?" in mistake
