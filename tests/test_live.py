"""A live show in real windows on a virtual screen."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from installation.editing.edition import Sources
from installation.live import Live, LiveOptions
from installation.show.control import Message
from tests.small_atlas import small_atlas

SCORE = """
title: Small
atlas: atlas
fps: 30
outputs: {left: 32x18}
cues: [{id: dawn, duration: 4s, layers: [{name: sea, walk: near-1}]}]
"""


@pytest.mark.usefixtures("screen")
def test_no_hand_closes_a_show_that_is_locked(tmp_path: Path) -> None:
    small_atlas(tmp_path / "atlas")
    (tmp_path / "score.yaml").write_text(SCORE)

    def press_escape(locked: bool) -> None:
        live.engine.desk.put(Message(0, 0, "lock", value=float(locked), source="page"))
        live.engine.step()
        assert live._windows is not None
        live._windows.closing = True

    with Live(Sources(tmp_path / "score.yaml"), LiveOptions(seconds=20), time.monotonic) as live:
        press_escape(locked=True)
        assert live._goes_on()
        assert live.engine.desk.statistics().refused == {"locked": 1}
        press_escape(locked=False)
        assert not live._goes_on()
