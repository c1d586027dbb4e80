"""A mistake of the player while it reads what was saved: a sentence, a file, and never the end of a show."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from installation.errors import DeviceError, ScoreError
from installation.player.unforeseen import Unforeseen


def test_a_mistake_of_the_author_stays_what_it_is(tmp_path: Path) -> None:
    mistake = ScoreError("sea.yaml:3: no such neuron")
    assert Unforeseen(tmp_path)(mistake) is mistake
    assert list(tmp_path.iterdir()) == []


def test_a_mistake_of_the_player_is_named_as_one_and_leaves_an_incident(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    try:
        dict[str, int]()["walk"]
    except KeyError as error:
        told = Unforeseen(tmp_path)(error)
    (incident,) = tmp_path.iterdir()
    assert isinstance(told, DeviceError)
    assert "KeyError: 'walk'; this is a bug in the player, not your mistake" in str(told)
    assert incident.name in str(told)
    assert "KeyError" in incident.read_text(encoding="utf-8")
    assert caplog.records[-1].exc_info  # the log has the traceback as well


def test_without_a_house_there_is_no_incident_but_the_same_sentence() -> None:
    told = str(Unforeseen(None)(ValueError("seven")))
    assert told.endswith("ValueError: seven; this is a bug in the player, not your mistake")


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), MemoryError("1 GiB")])
def test_a_machine_that_has_no_room_is_not_called_a_mistake_of_the_player(
    tmp_path: Path, error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.ERROR)
    told = str(Unforeseen(tmp_path)(error))
    assert told.startswith("the saved edit could not be taken over: ")
    assert "bug in the player" not in told
    assert list(tmp_path.iterdir()) == []
