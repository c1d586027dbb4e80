"""What mDNS is told, whatever a show or a machine is called."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from zeroconf import ServiceInfo

from installation.desk.network.announcement import MAX_NAME_BYTES, Announcement, host_name, service_name
from installation.desk.network.interfaces import own_addresses
from installation.errors import DeviceError

KIND = "_oscjson._tcp.local."


@given(st.text(alphabet=st.characters(), max_size=200), st.text(max_size=200))
@example("Der Tag, an dem die Netze träumten: " + "ä" * 80, "gallery")
@example("a tab\there", "")
@example("\udcff\udcfe", "-._")
@example("...", "ä.local")
def test_any_title_and_any_machine_can_be_announced(title: str, machine: str) -> None:
    host = host_name(machine)
    name = service_name(title, host)
    assert len(name.encode()) <= MAX_NAME_BYTES
    ServiceInfo(KIND, f"{name}-99.{KIND}", 8080, parsed_addresses=["127.0.0.1"], server=f"{host}.local.")


def test_a_long_title_is_cut_between_letters() -> None:
    assert service_name("ä" * 80, "attic") == "ä" * 25 + " (attic)"


def test_machines_that_play_one_show_have_names_of_their_own() -> None:
    assert service_name("Tide", "attic") == "Tide (attic)"
    assert service_name("Tide", host_name("a-gallery-in-the-attic.example.org")) == "Tide (a-gallery-in-the-att)"


def test_a_machine_without_a_network_says_so() -> None:
    with pytest.raises(DeviceError, match="no address on a network"):
        asyncio.run(Announcement("Tide", "0.0.0.0", (), 8080, None).open())


def test_others_are_never_sent_to_loopback() -> None:
    assert not [one for one in own_addresses() if one.startswith("127.") or one == "::1"]
