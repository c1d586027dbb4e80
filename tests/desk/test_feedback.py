"""What consoles are told, whom, and when. Time is a number here."""

from __future__ import annotations

import pytest

from installation.desk.feedback import LISTENING_SECONDS, MAX_LISTENERS, MOVING_SECONDS, Feedback, Values
from installation.desk.network.osc_server import Peer
from installation.desk.network.osc_wire import OscMessage, parse_packet

CONSOLE = Peer("udp", "10.0.0.5", 8001)
OTHER = Peer("udp", "10.0.0.6", 8001)

EBB: Values = {"/cue": ("ebb",), "/position": (1.0,), "/master": (1.0,)}
FLOOD: Values = {"/cue": ("flood",), "/position": (1.1,), "/master": (0.5,)}


class Booth:
    """Everybody's ears."""

    def __init__(self, *targets: Peer) -> None:
        self._heard: list[tuple[Peer, OscMessage]] = []
        self.room = 10_000
        self.feedback = Feedback(self._take, frozenset({"/position"}), frozenset({"/master"}))
        for target in targets:
            self.feedback.welcome(target)

    def heard(self, peer: Peer = CONSOLE) -> list[tuple[object, ...]]:
        heard: list[tuple[object, ...]] = [
            (message.address, *message.arguments) for to, message in self._heard if to == peer
        ]
        self._heard = [(to, message) for to, message in self._heard if to != peer]
        return heard

    def _take(self, packet: bytes, peer: Peer) -> bool:
        if self.room < 1:
            return False
        self.room -= 1
        self._heard += [(peer, message) for message in parse_packet(packet)]
        return True


def test_an_event_goes_at_once_and_a_fader_waits_for_the_tick() -> None:
    booth = Booth()
    booth.feedback.hear(CONSOLE, {}, lambda: EBB, now=0.0)
    booth.feedback.change(FLOOD, now=0.01)
    assert booth.heard() == [("/atlas/cue", "flood")]
    booth.feedback.tick(FLOOD, 6, now=0.1)
    assert booth.heard() == [("/atlas/master", 0.5), ("/atlas/position", pytest.approx(1.1)), ("/atlas/heartbeat", 6)]


def test_position_goes_ten_times_a_second_and_the_heartbeat_once() -> None:
    booth = Booth(CONSOLE)
    booth.feedback.dump(CONSOLE, EBB)
    booth.heard()
    for tick in range(20):
        booth.feedback.tick(EBB, 6 * tick, now=tick / 10)
    heard = [message[0] for message in booth.heard()]
    assert heard.count("/atlas/position") == 20
    assert heard.count("/atlas/heartbeat") == 2


def test_the_heartbeat_stops_when_the_picture_stops() -> None:
    booth = Booth(CONSOLE)
    for tick in range(30):
        booth.feedback.tick({}, 77, now=tick / 10)
    assert booth.heard() == [("/atlas/heartbeat", 77)]


def test_nobody_is_told_the_value_that_it_is_moving() -> None:
    booth = Booth(OTHER)
    booth.feedback.dump(OTHER, EBB)
    booth.heard(OTHER)
    booth.feedback.hear(CONSOLE, {"/master": (0.5,)}, lambda: EBB, now=0.0)
    booth.feedback.tick(FLOOD, 6, now=0.1)
    assert ("/atlas/master", 0.5) not in booth.heard()
    assert ("/atlas/master", 0.5) in booth.heard(OTHER)
    booth.feedback.tick(FLOOD, 12, now=5.0)
    assert ("/atlas/master", 0.5) not in booth.heard()  # it knows


def test_a_motor_fader_follows_another_hand_once_its_own_is_gone() -> None:
    booth = Booth()
    booth.feedback.hear(CONSOLE, {"/master": (0.4,)}, lambda: EBB, now=0.0)
    booth.feedback.tick(FLOOD, 6, now=MOVING_SECONDS / 2)
    assert ("/atlas/master", 0.5) not in booth.heard()
    booth.feedback.tick(FLOOD, 12, now=MOVING_SECONDS * 2)
    assert ("/atlas/master", 0.5) in booth.heard()


def test_a_sender_is_told_for_a_minute_and_a_target_for_ever() -> None:
    booth = Booth(OTHER)
    booth.feedback.hear(CONSOLE, {}, lambda: EBB, now=0.0)
    booth.feedback.tick(EBB, 1, now=LISTENING_SECONDS - 1.0)
    assert booth.heard()
    booth.feedback.tick(EBB, 2, now=LISTENING_SECONDS + 1.0)
    assert not booth.heard()
    assert booth.heard(OTHER)


def test_one_host_does_not_take_the_places_of_others() -> None:
    booth = Booth()
    for port in range(10_000):
        booth.feedback.hear(Peer("udp", "10.0.0.7", port), {}, lambda: EBB, now=0.0)
    booth.feedback.hear(CONSOLE, {}, lambda: EBB, now=0.0)
    booth.feedback.change(FLOOD, now=0.01)
    assert booth.heard(CONSOLE) == [("/atlas/cue", "flood")]


def test_a_tcp_client_is_told_as_long_as_it_is_connected() -> None:
    booth, client = Booth(), Peer("tcp", "10.0.0.7", 50_000)
    booth.feedback.hear(client, {}, lambda: EBB, now=0.0)
    booth.feedback.change(FLOOD, now=1_000 * LISTENING_SECONDS)
    assert booth.heard(client) == [("/atlas/cue", "flood")]
    booth.feedback.leave(client)
    booth.feedback.change(EBB, now=1_000 * LISTENING_SECONDS)
    assert booth.heard(client) == []


def test_what_finds_no_room_now_is_told_later() -> None:
    booth = Booth(OTHER)
    booth.room = 1
    booth.feedback.dump(OTHER, EBB)
    assert booth.heard(OTHER) == [("/atlas/cue", "ebb")]
    booth.room = 10
    booth.feedback.tick(EBB, 6, now=0.1)
    assert ("/atlas/master", 1.0) in booth.heard(OTHER)


def test_sync_tells_everything_to_the_one_who_asks() -> None:
    booth = Booth(OTHER)
    booth.feedback.dump(CONSOLE, EBB)
    assert booth.heard() == [("/atlas/cue", "ebb"), ("/atlas/position", 1.0), ("/atlas/master", 1.0)]
    assert booth.heard(OTHER) == []


def test_many_senders_keep_no_memory_and_silent_ones_make_room() -> None:
    booth = Booth()
    for number in range(10_000):
        booth.feedback.hear(Peer("udp", f"10.0.7.{number % 250}", number), {}, lambda: EBB, now=0.0)
    assert len(booth.feedback._listeners) == MAX_LISTENERS
    booth.feedback.hear(CONSOLE, {}, lambda: EBB, now=LISTENING_SECONDS + 1.0)
    assert list(booth.feedback._listeners) == [CONSOLE]
