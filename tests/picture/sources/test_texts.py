"""Text is drawn at the output's own pixels, in any script, where its style says."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from installation.errors import MediaError
from installation.media.font_file import SHIPPED, font_facts
from installation.picture.order import Order
from installation.picture.source import DecodedPicture
from installation.picture.sources import texts as texts_module
from installation.picture.sources.texts import Texts
from installation.picture.sources.typesetting import raster_of, setting_of
from installation.show.frame import Align, Font, Shot, TextStyle, Vertical, View, Words
from tests.media.fonts import save_font
from tests.picture.shots import host_pixels

INTER = Font(str(SHIPPED), font_facts(SHIPPED).digest)
STYLE = TextStyle((INTER,))
WIDE = (160, 90)


def words(text: str, style: TextStyle = STYLE, **changes: object) -> Words:
    return replace(Words((text,), style, aspect=WIDE[0] / WIDE[1]), **changes)  # type: ignore[arg-type]


def drawn(subject: Words, view: View = View(), size_px: tuple[int, int] = WIDE) -> DecodedPicture:  # noqa: B008 a View is frozen
    return Texts().draw(subject, Order(Shot(subject, view), *size_px))


def alpha(subject: Words, view: View = View(), size_px: tuple[int, int] = WIDE) -> NDArray[np.float64]:  # noqa: B008
    return host_pixels(drawn(subject, view, size_px))[..., 3].astype(float)


def boxes(folder: Path, **widths: int) -> TextStyle:
    """A font in which every letter is a box."""
    path = save_font(folder / "boxes.ttf", widths)
    return TextStyle((Font(str(path), font_facts(path).digest),))


def columns(seen: NDArray[np.float64]) -> tuple[int, int]:
    found = np.flatnonzero(seen.max(0) > 0.5)
    return int(found[0]), int(found[-1]) + 1


def rows(seen: NDArray[np.float64]) -> tuple[int, int]:
    found = np.flatnonzero(seen.max(1) > 0.5)
    return int(found[0]), int(found[-1]) + 1


def test_a_letter_is_so_high_as_its_size_says_whatever_the_output_has_of_pixels(tmp_path: Path) -> None:
    style = boxes(tmp_path, a=1000)
    for height in (45, 90, 400):
        seen = alpha(words("a", style, size=0.5), size_px=(height * 16 // 9, height))
        top, bottom = rows(seen)
        assert bottom - top == pytest.approx(0.7 * 0.5 * height, abs=1.5)  # its boxes are 0.7 em high


def test_letters_are_sharp_at_any_zoom(tmp_path: Path) -> None:
    """The edge of a letter is a pixel wide where a magnified one would be many."""
    style = boxes(tmp_path, a=1000)
    for zoom in (1.0, 3.0, 9.0):
        seen = alpha(words("a", style, size=0.3), View(x=0.3, zoom=zoom), (320, 180))
        line = seen[seen.shape[0] // 2]
        assert np.count_nonzero((line > 0.02) & (line < 0.98)) <= 4  # two at each side


@pytest.mark.parametrize(("align", "place"), [("left", (9, 49)), ("centre", (60, 100)), ("right", (111, 151))])
def test_lines_begin_or_end_where_align_says(tmp_path: Path, align: Align, place: tuple[int, int]) -> None:
    style = replace(boxes(tmp_path, a=1000), align=align, margin=0.1)
    assert columns(alpha(words("a", style, size=40 / 90))) == pytest.approx(place, abs=1)


@pytest.mark.parametrize(("vertical", "middle"), [("top", 24), ("middle", 45), ("bottom", 66)])
def test_it_stands_at_the_top_in_the_middle_or_at_the_bottom(tmp_path: Path, vertical: Vertical, middle: int) -> None:
    style = replace(boxes(tmp_path, a=1000), vertical=vertical, margin=0.1)
    top, bottom = rows(alpha(words("a", style, size=0.3)))
    assert (top + bottom) / 2 == pytest.approx(middle, abs=4)


def test_a_line_that_is_too_long_is_broken_between_words(tmp_path: Path) -> None:
    style = boxes(tmp_path, a=1000)
    assert setting_of("aa aa a", style, 5.5).lines == ("aa aa", "a")
    assert setting_of("aa\n\naa", style, 5.5).lines == ("aa", "", "aa")
    assert setting_of("aaaaaaa", style, 3.0).lines == ("aaa", "aaa", "a")


def test_hebrew_runs_from_right_to_left(tmp_path: Path) -> None:
    style = boxes(tmp_path, א=1000, ב=200)
    narrow_left = alpha(words("אב", style, size=0.3))
    left, right = columns(narrow_left)
    assert right - left == pytest.approx(1.2 * 0.3 * 90, abs=2)
    typed = alpha(words("אב", style, size=0.3, shown=0.5))
    assert columns(typed)[1] == pytest.approx(right, abs=1)
    assert columns(typed)[0] == pytest.approx(left + 0.2 * 27, abs=1)


def test_letters_that_the_first_font_lacks_come_from_the_second(tmp_path: Path) -> None:
    own = save_font(tmp_path / "own.ttf", {"漢": 2000})
    both = TextStyle((INTER, Font(str(own), font_facts(own).digest)))
    assert setting_of("漢", both, 9.0).width == pytest.approx(2.0, abs=0.01)
    assert setting_of("a漢", both, 9.0).width == pytest.approx(2.0 + setting_of("a", STYLE, 9.0).width, abs=0.02)


def test_a_heavier_weight_covers_more() -> None:
    light, black = (alpha(words("Act one", replace(STYLE, weight=weight))).sum() for weight in (100, 900))
    assert black > 1.8 * light


def test_tracking_sets_letters_apart_but_none_that_are_joined(tmp_path: Path) -> None:
    style = replace(boxes(tmp_path, a=500, א=500), tracking=1.0)
    assert setting_of("aa", style, 9.0).width == pytest.approx(3.0, abs=0.01)
    assert setting_of("אא", style, 9.0).width == pytest.approx(1.0, abs=0.01)
    seen = alpha(words("aa", style, size=0.2))
    assert (np.diff((seen.max(0) > 0.5).astype(int)) == 1).sum() == 2


def test_colour_and_outline_have_their_own_colours_and_alpha(tmp_path: Path) -> None:
    style = replace(
        boxes(tmp_path, a=1000), colour=(1.0, 0.0, 0.0, 1.0), outline=0.1, outline_colour=(0.0, 0.0, 1.0, 0.5)
    )
    picture = host_pixels(drawn(words("a", style, size=0.5))).astype(float)
    assert picture[45, 80] == pytest.approx([1, 0, 0, 1], abs=0.01)
    left, _ = columns(picture[..., 3] * (picture[..., 0] > 0.5))
    assert picture[45, left - 3] == pytest.approx([0, 0, 1, 0.5], abs=0.02)


def test_it_rolls_in_from_below_and_out_at_the_top(tmp_path: Path) -> None:
    style = boxes(tmp_path, a=1000)
    assert alpha(words("a", style, size=0.3, roll=0.0)).max() < 0.1
    assert alpha(words("a", style, size=0.3, roll=1.0)).max() < 0.1
    middles = [sum(rows(alpha(words("a", style, size=0.3, roll=roll)))) / 2 for roll in (0.3, 0.5, 0.7)]
    middle = 45 - 0.05 * 27  # its boxes reach from 0.1 to 0.8 em below the top of a line
    assert middles == pytest.approx([middle + 0.2 * (90 + 27), middle, middle - 0.2 * (90 + 27)], abs=1)


def test_the_mixer_need_not_look_where_no_letter_is(tmp_path: Path) -> None:
    box = drawn(words("a", boxes(tmp_path, a=1000), size=0.3)).box
    assert (box.left * 160, box.right * 160) == pytest.approx((66, 94), abs=2)
    assert drawn(words(" ")).box == (0, 0, 0, 0)


def test_a_text_turned_by_a_camera_keeps_its_amount_of_light(tmp_path: Path) -> None:
    style = boxes(tmp_path, a=1000)
    straight, turned = (alpha(words("a", style, size=0.4), View(degrees=degrees)).sum() for degrees in (0.0, 33.0))
    assert turned == pytest.approx(straight, rel=0.01)


def test_the_same_letters_are_drawn_once_while_a_camera_moves_a_little(monkeypatch: pytest.MonkeyPatch) -> None:
    texts, calls = Texts(), []

    def counted(*told: Any) -> NDArray[np.uint8]:
        calls.append(told)
        return raster_of(*told)

    monkeypatch.setattr(texts_module, "raster_of", counted)
    for step in range(10):
        subject = words("Act one")
        texts.draw(subject, Order(Shot(subject, View(x=0.01 * step, zoom=1 + 0.01 * step)), *WIDE))
    assert len(calls) <= 2


def test_a_font_that_is_gone_or_another_one_is_told(tmp_path: Path) -> None:
    path = save_font(tmp_path / "own.ttf", {"a": 1000})
    style = TextStyle((Font(str(path), "another digest"),))
    with pytest.raises(MediaError, match="saved again"):
        drawn(words("a", style))
