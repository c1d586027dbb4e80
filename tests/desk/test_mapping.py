"""Foreign addresses become ours."""

from __future__ import annotations

import pytest

from installation.desk.address_map import AddressMap, Rule
from installation.desk.network.osc_wire import Argument, OscMessage
from installation.errors import RefusedError


def mapped(rule: Rule, address: str, *arguments: Argument) -> tuple[str, tuple[Argument, ...]] | None:
    message = AddressMap([rule]).translate(OscMessage(address, arguments))
    return message and (message.address, message.arguments)


def test_what_no_rule_is_about_stays_as_it_is() -> None:
    assert mapped(Rule("/a", "/go"), "/master", 0.5) == ("/master", (0.5,))


def test_a_fader_from_0_to_100() -> None:
    fader = Rule("/gma3/Page1/Fader201", "/master", 0.0, 100.0)
    assert mapped(fader, "/gma3/page1/fader201", 25) == ("/master", (0.25,))
    assert mapped(fader, "/gma3/Page1/Fader201", 100.0, 3.0) == ("/master", (1.0, 3.0))
    with pytest.raises(RefusedError, match="allowed is 0 to 100"):
        mapped(fader, "/gma3/Page1/Fader201", 101)


def test_a_fader_that_is_upside_down() -> None:
    assert mapped(Rule("/a", "/master", 255.0, 0.0), "/a", 255) == ("/master", (0.0,))


def test_a_capture_comes_back_in_the_target() -> None:
    rule = Rule("/eos/cue/1/{cue}/fire", "/cue/{cue}/go")
    assert mapped(rule, "/eos/cue/1/Flood/fire") == ("/cue/flood/go", ())
    assert mapped(rule, "/eos/cue/1/a/b/fire") == ("/eos/cue/1/a/b/fire", ())


def test_a_fader_as_a_button_fires_once_on_its_way_up() -> None:
    mapping = AddressMap([Rule("/0/dmx/6", "/go", press="edge")])
    fired = [mapping.translate(OscMessage("/0/dmx/6", (value,))) for value in (0.2, 0.6, 0.8, 1.0, 0.4, 0.0, 1.0)]
    assert [message is not None for message in fired] == [False, True, False, False, False, False, True]


def test_a_button_that_sends_a_value_of_ours() -> None:
    rule = Rule("/key/1", "/engage", value=0.0)
    assert mapped(rule, "/key/1", 1) == ("/engage", (0.0,))
    assert mapped(rule, "/key/1", 0) is None


def test_a_rule_adds_a_fade_where_the_console_sends_none() -> None:
    rule = Rule("/a", "/p/tide", fade_seconds=2.0)
    assert mapped(rule, "/a", 0.5) == ("/p/tide", (0.5, 2.0))
    assert mapped(rule, "/a", 0.5, 1.0) == ("/p/tide", (0.5, 1.0))


def test_a_value_that_is_no_number_is_refused() -> None:
    with pytest.raises(RefusedError, match="not a number"):
        mapped(Rule("/a", "/master", 0.0, 100.0), "/a", "full")
    with pytest.raises(RefusedError):
        mapped(Rule("/a", "/master", 0.0, 100.0), "/a", float("nan"))
