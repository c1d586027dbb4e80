"""Words of an earlier version are read, told, and renamed without touching anything else in the file."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from installation.commands.file_formats import FORMATS, format_of, rename_former_words
from installation.errors import DeviceError, RigError, ScoreError
from installation.language.former_words import Renaming, renamed
from installation.language.schema import definition
from installation.rig.head import Mounting
from installation.rig.rig_spec import HeadSpec
from installation.rig.venue import VENUE, read_venue
from installation.score.reader import check
from installation.studio.recipes.recipe import Grade
from installation.studio.recipes.spec import RECIPE, load_recipe

RIG = """\
# hangs: the left wall\r
heads:\r
  left:   {monitor: {connector: A},  hangs: {x: 0,width: 2.5}}   # hangs low\r
  "right":\r
    "hangs" :   {x: 3, width: 2.5}\r
    monitor: {connector: hangs}\r
"""

RECIPE_TEXT = """\
families:
  - name: develop   # a family may be called so
    develop: {colour: 2}
    deepest: 7
    broadest:   2
    neurons:
      - {neuron: net/layer/1, name: deepest, develop: {darkness: 0.5}}
"""


@pytest.fixture
def rig(tmp_path: Path) -> Path:
    path = tmp_path / "rig.yaml"
    path.write_bytes(RIG.encode())
    return path


@pytest.fixture
def recipe(tmp_path: Path) -> Path:
    path = tmp_path / "recipe.yaml"
    path.write_text(RECIPE_TEXT)
    return path


def test_a_former_word_is_read_and_the_warning_names_the_one_of_today(rig: Path) -> None:
    venue = read_venue(rig)
    assert [head.mounted for head in venue.heads] == [Mounting(0, 0, 2.5), Mounting(3, 0, 2.5)]
    assert [str(one).removeprefix(f"{rig}:") for one in venue.warnings] == [
        "3:38: heads.left.hangs: 'hangs' is called 'mounted' now; `installation check --fix` renames it in this file",
        "5:5: heads.right.hangs: 'hangs' is called 'mounted' now; `installation check --fix` renames it in this file",
    ]


def test_an_editor_marks_a_former_word_as_deprecated_and_says_the_one_of_today() -> None:
    schema = definition(HeadSpec)
    former, today = (dict(schema["properties"][word]) for word in ("hangs", "mounted"))
    assert former.pop("deprecated") is True
    assert "deprecated" not in today
    assert former.pop("description") == "The former word for `mounted`."
    assert former == {word: value for word, value in today.items() if word != "description"}


def test_a_recipe_with_former_words_asks_for_the_same(recipe: Path) -> None:
    family = load_recipe(recipe).families[0]
    assert (family.max_generations, family.max_children) == (7, 2)
    assert family.neurons[0].grade == Grade(darkness=0.5)
    assert len(load_recipe(recipe).warnings) == 4


def test_fixing_renames_the_keys_and_changes_no_other_character(rig: Path, recipe: Path) -> None:
    rig.chmod(0o640)
    assert len(rename_former_words(rig, VENUE)) == 2
    expected = RIG.replace("A},  hangs", "A},  mounted").replace('"hangs" :', '"mounted" :')
    assert rig.read_bytes() == expected.encode()
    assert rig.stat().st_mode & 0o777 == 0o640
    assert read_venue(rig).warnings == ()
    assert rename_former_words(rig, VENUE) == ()
    before = load_recipe(recipe)
    rename_former_words(recipe, RECIPE)
    assert load_recipe(recipe) == before
    assert load_recipe(recipe).warnings == ()
    lines = RECIPE_TEXT.splitlines()
    assert [line for line in recipe.read_text().splitlines() if line not in lines] == [
        "    grade: {colour: 2}",
        "    max_generations: 7",
        "    max_children:   2",
        "      - {neuron: net/layer/1, name: deepest, grade: {darkness: 0.5}}",
    ]


def test_fixing_follows_a_link_and_leaves_it_one(rig: Path) -> None:
    link = rig.with_name("link.yaml")
    link.symlink_to(rig)
    rename_former_words(link, VENUE)
    assert link.is_symlink()
    assert "mounted" in rig.read_text()


def test_a_read_only_file_is_left_as_it_is(rig: Path) -> None:
    rig.chmod(0o444)
    with pytest.raises(DeviceError, match="this file is read-only; chmod u\\+w it"):
        rename_former_words(rig, VENUE)
    assert rig.read_bytes() == RIG.encode()


def test_both_words_at_once_are_a_mistake(rig: Path) -> None:
    rig.write_text("heads: {a: {monitor: {connector: A}, hangs: {x: 0, width: 1}, mounted: {x: 0, width: 1}}}\n")
    with pytest.raises(RigError, match="'hangs' is the former word for 'mounted', which stands here too; keep one"):
        read_venue(rig)


@given(st.lists(st.sampled_from(["a: hangs", "# hangs", "hangs: 1", "é: 'hangs'", "b: 2\u2028c: 3"]), max_size=6))
def test_only_what_stands_at_its_place_is_renamed(lines: list[str]) -> None:
    text = "\n".join([*lines, "  hangs : 4", ""])
    line = text.count("\n") + text.count("\u2028")
    assert renamed(text, [Renaming(line, 3, "hangs", "mounted")]) == "\n".join([*lines, "  mounted : 4", ""])
    assert renamed(text, [Renaming(line, 4, "hangs", "mounted")]) == text


def test_the_keys_of_a_file_tell_its_format(rig: Path, recipe: Path, tmp_path: Path) -> None:
    desk = tmp_path / "desk.yaml"
    desk.write_text("name: console\naddresses: {/go: /go}\n")
    score = tmp_path / "score.yaml"
    score.write_text("name: a\nscreens: {a: 64x64}\ncues: []\n")
    broken = tmp_path / "broken.yaml"
    broken.write_text("heads: [\n")
    assert [FORMATS.index(format_of(file)) for file in (score, rig, desk, recipe, broken)] == [0, 1, 2, 3, 0]


def test_a_file_of_a_newer_version_has_one_mistake_that_says_so(rig: Path, recipe: Path, tmp_path: Path) -> None:
    told = "version: version 2 is newer than this player, which reads up to version 1: update the player"
    rig.write_text("version: 2\nheads: {a: {shape: round}}\n")
    with pytest.raises(RigError) as found:
        read_venue(rig)
    assert str(found.value).startswith(f"{rig}:1:10: {told}")
    assert len(found.value.mistakes) == 1
    recipe.write_text(f"version: 2\n{RECIPE_TEXT}")
    with pytest.raises(ScoreError, match=told):
        load_recipe(recipe)
    score = tmp_path / "score.yaml"
    score.write_text("version: 3\nsongs: 1\n")
    assert [one.message[:20] for one in check(score).mistakes] == ["version 3 is newer t"]


def test_a_file_may_say_the_version_that_it_is(recipe: Path) -> None:
    before = load_recipe(recipe)
    recipe.write_text(f"version: 1\n{RECIPE_TEXT}")
    assert load_recipe(recipe) == before
    recipe.write_text(f"version: one\n{RECIPE_TEXT}")
    with pytest.raises(ScoreError, match="'one' is not a number; it takes a version"):
        load_recipe(recipe)
