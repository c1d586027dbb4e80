"""The desk follows an edited score."""

from __future__ import annotations

from dataclasses import replace

import pytest

from installation.desk.addresses import AddressSpace
from installation.desk.desk import Desk, DeskOptions
from installation.errors import RefusedError
from installation.show.control import Message, begin
from tests.desk.scores import tide


def test_messages_are_about_the_edited_score() -> None:
    old = tide()
    new = replace(old, cues=(replace(old.cues[0], id="spring"), *old.cues[1:]), parameters=())
    with Desk(old, DeskOptions()) as desk:
        desk.tell(0, begin(old))
        assert desk.space.find("/cue/ebb/go")
        desk.play(new, AddressSpace(new))
        assert desk.space.find("/cue/spring/go")
        for gone in ("/cue/ebb/go", "/p/warmth"):
            with pytest.raises(RefusedError):
                desk.space.find(gone)
        desk.put(Message(0, 0, "go", "spring", source="page"))
        [message] = desk.drain(5, begin(new))
        assert message.target == "spring"
        desk.tell(6, begin(new).apply(message))
