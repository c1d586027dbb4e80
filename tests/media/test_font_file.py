"""Fonts are found by file or family, and letters that they lack are named."""

from __future__ import annotations

from pathlib import Path

import pytest

from installation.errors import MediaError
from installation.media import font_file
from installation.media.font_file import SHIPPED, find_font, font_facts, installed_families, missing_letters
from tests.media.fonts import save_font


def test_the_shipped_font_is_there_with_its_licence_and_has_letters_from_greek_to_vietnamese() -> None:
    facts = font_facts(SHIPPED)
    assert (facts.family, facts.weights) == ("Inter", (100.0, 900.0))
    assert missing_letters("Straße, Ελλάδα, Україна, tiếng Việt, 42 €", [facts]) == []
    assert "SIL OPEN FONT LICENSE" in (SHIPPED.parent / "OFL.txt").read_text()


def test_missing_letters_are_named_once_and_spaces_are_none() -> None:
    assert missing_letters("a 漢\n字漢\u200b", [font_facts(SHIPPED)]) == ["漢", "字"]


def test_a_second_font_has_what_the_first_lacks(tmp_path: Path) -> None:
    fonts = [font_facts(SHIPPED), font_facts(save_font(tmp_path / "a.ttf", {"漢": 1000}))]
    assert missing_letters("a漢", fonts) == []


def test_a_family_is_found_among_those_that_are_installed_at_its_nearest_weight(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    boxes = save_font(tmp_path / "boxes.ttf", {"a": 500}, family="My Boxes")
    monkeypatch.setattr(font_file, "_font_folders", lambda: [tmp_path])
    installed_families.cache_clear()
    assert find_font("my boxes", 700, tmp_path / "elsewhere") == boxes
    with pytest.raises(MediaError, match="no font family 'Nobodys' is installed here"):
        find_font("Nobodys", 400, tmp_path)
    installed_families.cache_clear()


def test_a_family_in_the_folder_fonts_beside_a_score_comes_before_the_shipped_one(tmp_path: Path) -> None:
    assert find_font("Inter", 400, tmp_path) == SHIPPED
    (tmp_path / "fonts").mkdir()
    own = save_font(tmp_path / "fonts" / "own.ttf", {"a": 500}, family="Inter")
    assert find_font("inter", 400, tmp_path) == own


def test_what_is_no_font_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.ttf").write_bytes(b"hello")
    with pytest.raises(MediaError, match=r"'a\.ttf' is not a font that can be read"):
        font_facts(tmp_path / "a.ttf")
    with pytest.raises(MediaError, match=r"font 'b\.ttf' cannot be read"):
        font_facts(tmp_path / "b.ttf")
