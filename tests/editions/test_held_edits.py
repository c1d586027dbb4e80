"""Edits that are held back until somebody applies them."""

from __future__ import annotations

from typing import Any

import pytest

from installation.editions.file_watcher import ReadResult
from installation.editions.held_edits import HELD, HeldEdits
from installation.errors import ScoreError
from installation.notices import Notices


class Saved:
    """What is saved, and what of it is given on."""

    def __init__(self, *, is_blind: bool) -> None:
        self.reads: list[ReadResult[Any]] = []
        self.notices = Notices()
        self.edits: HeldEdits[Any] = HeldEdits(
            lambda: self.reads.pop(0) if self.reads else None,
            lambda value: value,
            self.notices,
            is_edit=lambda value: value != "playing",
        )
        self.edits.is_blind = is_blind

    def save(self, edition: str) -> None:
        self.reads.append(ReadResult(edition))

    @property
    def held(self) -> Any:
        """What stands for an edition here."""
        return self.edits.held

    @property
    def said(self) -> tuple[str, ...]:
        self.notices.publish()
        return self.notices.current.sentences


def test_with_open_eyes_what_is_saved_is_given_on_at_once() -> None:
    saved = Saved(is_blind=False)
    saved.save("first")
    assert saved.edits.take() == ReadResult("first")
    assert saved.edits.take() is None
    assert saved.held is None


def test_an_edit_is_held_back_until_it_is_applied_and_that_is_said() -> None:
    saved = Saved(is_blind=True)
    saved.save("first")
    assert [saved.edits.take() for _ in range(3)] == [None] * 3
    assert saved.held == "first"
    assert list(saved.said) == [HELD]
    saved.edits.apply()
    assert saved.edits.take() == ReadResult("first")
    assert saved.edits.take() is None
    assert saved.held is None


def test_a_later_edit_takes_the_place_of_the_one_that_is_held_back_and_is_not_applied_with_it() -> None:
    saved = Saved(is_blind=True)
    saved.save("first")
    saved.edits.take()
    saved.save("second")
    saved.edits.take()
    assert saved.held == "second"
    saved.edits.apply()
    saved.save("third")
    assert saved.edits.take() is None
    assert saved.held == "third"


def test_files_that_play_already_are_no_edit_and_take_the_place_of_the_one_that_is_held_back() -> None:
    saved = Saved(is_blind=True)
    saved.save("first")
    saved.edits.take()
    saved.save("playing")
    assert saved.edits.take() == ReadResult("playing")
    assert saved.held is None
    assert not saved.said


def test_what_is_discarded_never_plays() -> None:
    saved = Saved(is_blind=True)
    saved.save("first")
    saved.edits.take()
    saved.edits.discard()
    assert not saved.said
    saved.edits.apply()
    assert saved.edits.take() is None


def test_a_mistake_is_told_at_once_and_what_was_held_back_is_gone() -> None:
    saved = Saved(is_blind=True)
    saved.save("first")
    saved.edits.take()
    mistake: ReadResult[Any] = ReadResult(None, ScoreError("line 3"))
    saved.reads.append(mistake)
    assert saved.edits.take() is mistake
    assert saved.held is None


@pytest.mark.parametrize("is_saved_before", [True, False])
def test_whoever_opens_their_eyes_again_lets_the_edit_play(is_saved_before: bool) -> None:
    saved = Saved(is_blind=True)
    if is_saved_before:
        saved.save("first")
        saved.edits.take()
    saved.edits.is_blind = False
    if not is_saved_before:
        saved.save("first")
    assert saved.edits.take() == ReadResult("first")
