"""Floods of every kind at the desk's door: what they may cost, and who is heard all the same. Time is a number here."""

from __future__ import annotations

import struct
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest

from installation.desk.address_map import AddressMap
from installation.desk.addresses import MAX_MATCHES, AddressSpace
from installation.desk.budgets import MAX_HOSTS, HostBudgets, MessageRate
from installation.desk.counters import DeskCounters
from installation.desk.guard import AccessGuard
from installation.desk.inbox import LINE_BYTES, MAX_WAITING, MAX_WAITING_BYTES, MAX_WAITING_OF_A_SENDER, Inbox
from installation.desk.intake import MAX_STRANGERS_BYTES, MAX_WORK_AT_ONCE, Intake
from installation.desk.journal.append_log import MAX_WAITING_BYTES as MAX_JOURNAL_WAITING_BYTES
from installation.desk.journal.journal_lines import message_line
from installation.desk.network.osc_server import LITTLE, OscServer, Peer
from installation.desk.network.osc_wire import MAX_PACKET_BYTES, encode_message
from installation.desk.publisher import SYNCS_OF_A_HOST, Publisher
from installation.errors import RefusedError
from installation.show.control import Message
from installation.show.score import Cue
from tests.desk.scores import tide

CONSOLE, ATTACKER = Peer("udp", "10.0.0.5", 8001), Peer("udp", "10.0.0.66", 6666)


@dataclass
class Clock:
    now: float = 100.0

    def __call__(self) -> float:
        return self.now


class Door:
    """The way in, without sockets and threads; `sent` are answers."""

    def __init__(self, cues: int = 3, passcode: str | None = None) -> None:
        score = tide()
        names = [f"cue{number}" for number in range(cues)]
        score = replace(score, cues=tuple(Cue(name, "", 10.0, score.cues[0].layers, end="hold") for name in names))
        self.steady = Clock()
        self.inbox, self.counters = Inbox(), DeskCounters()
        self.sent: Counter[Peer] = Counter()
        self.guard = AccessGuard("0.0.0.0", ("10.0.0.0/24",), passcode)
        self.space = AddressSpace(score)
        self.publisher = Publisher(self.space, self._send, self._call, self.steady)
        self.intake = Intake(
            self.space,
            AddressMap(),
            self.guard,
            self.inbox,
            self.counters,
            self.publisher,
            self.steady,
            self.steady,
        )

    def _call(self, function: Callable[..., object], *arguments: object) -> None:
        function(*arguments)

    def _send(self, packet: bytes, peer: Peer) -> bool:
        self.sent[peer] += len(packet)
        return True

    def kinds(self) -> Counter[str]:
        return Counter(waiting.message.kind for waiting in self.inbox.take(self.steady()))


def bundle(*packets: bytes) -> bytes:
    return b"#bundle\0" + struct.pack(">Q", 1) + b"".join(struct.pack(">i", len(one)) + one for one in packets)


def test_one_packet_of_patterns_costs_no_more_than_a_host_may_have_at_once() -> None:
    door = Door(cues=500)
    packet = bundle(*(encode_message(f"/c*/*{number}/load") for number in range(900)))
    door.intake.receive([packet], ATTACKER)
    assert sum(door.kinds().values()) <= MAX_WORK_AT_ONCE
    assert door.counters.refused["too fast"] + door.counters.refused["no such cue"] > 800
    door.intake.receive([encode_message("/panic")], CONSOLE)
    assert door.kinds() == {"panic": 1}


def test_a_flood_of_packets_is_read_as_far_as_its_share_goes_and_counted_whole() -> None:
    door = Door()
    packets = [encode_message("/master", 0.5, number / 100) for number in range(20_000)]
    door.intake.receive(packets, ATTACKER)
    assert door.counters.received == 20_000
    assert door.counters.refused["too fast"] > 17_000
    assert door.counters.queued + door.counters.refused.total() == 20_000
    door.intake.receive([encode_message("/go", 1.0)], CONSOLE)
    assert door.kinds()["go"] == 1
    door.steady.now += 1.0
    door.intake.receive([encode_message("/go", 1.0)], ATTACKER)
    assert door.kinds() == {"go": 1}


def test_faders_are_moved_through_any_flood_of_others() -> None:
    door = Door()
    door.intake.receive([encode_message("/master", 0.5)], CONSOLE)
    door.intake.receive([encode_message("/nothing", "x", number) for number in range(20_000)], ATTACKER)
    door.intake.receive([encode_message("/master", step / 1_000) for step in range(1_000)], CONSOLE)
    door.intake.flush_faders()
    assert [one.message.value for one in door.inbox.take(0.0)] == [pytest.approx(0.999)]


def test_the_largest_packet_is_read_when_there_is_quiet() -> None:
    door = Door()
    door.intake.receive(
        [b"/go\0,b\0\0" + struct.pack(">i", MAX_PACKET_BYTES - 12) + bytes(MAX_PACKET_BYTES - 12)], CONSOLE
    )
    assert door.kinds() == {"go": 1}


def test_a_pattern_moves_only_so_many() -> None:
    space = Door(cues=MAX_MATCHES + 1).space
    with pytest.raises(RefusedError, match=f"at most {MAX_MATCHES}") as refused:
        space.find("/cue/*/load")
    assert refused.value.reason == "oversized"
    assert len(space.find("/out/*/level")) == 2


def test_twenty_thousand_questions_are_answered_a_few_times() -> None:
    door = Door()
    for _ in range(200):
        door.intake.receive([encode_message("/sync")] * 100, ATTACKER)
        door.steady.now += 0.01
        door.publisher.tick()
    assert len(door.publisher._asking) <= 1
    asked = 20_000 * len(encode_message("/sync"))
    assert door.sent[ATTACKER] < asked
    assert door.publisher._syncs.take(CONSOLE.host, 1, door.steady.now)
    assert SYNCS_OF_A_HOST.at_once < 20


def test_a_forged_address_is_told_little_more_than_it_asked() -> None:
    steady = Clock()
    server = OscServer("127.0.0.1", 0, Door().intake, steady=steady)
    try:
        packet, victim = bytes(1_000), Peer("udp", "127.0.0.1", 9)
        sent = sum(server.send(packet, victim) for _ in range(1_000))
        assert sent == LITTLE.at_once // 1_000
        assert server.feedback_dropped == 1_000 - sent
        steady.now += 1.0
        assert sum(server.send(packet, victim) for _ in range(1_000)) <= LITTLE.per_second // 1_000 + 1
    finally:
        for bound in (*server._udp, *server._tcp):
            bound.close()


def test_mistakes_of_one_sender_do_not_keep_another_from_the_answer_to_his() -> None:
    door = Door()
    door.intake.receive([encode_message("/nothing", number) for number in range(1_000)], ATTACKER)
    before = door.sent[ATTACKER]
    assert before < 20 * 200
    door.intake.receive([encode_message("/mastr", 0.5)], CONSOLE)
    assert door.sent[CONSOLE] > 0


def test_of_a_stranger_only_what_may_be_a_passcode_is_read() -> None:
    door = Door(passcode="1234")
    large = bundle(*(encode_message("/go", number) for number in range(1_000)))
    door.intake.receive([large] * 10, ATTACKER)
    assert len(large) > MAX_STRANGERS_BYTES
    assert door.counters.received == door.counters.refused.total() == 10
    assert door.kinds() == {}
    door.steady.now += 1.0
    door.intake.receive([bundle(encode_message("/passcode", "1234")), encode_message("/go")], CONSOLE)
    assert door.kinds() == {"go": 1}


def test_a_batch_is_never_larger_than_the_journal_takes_and_what_is_beyond_is_refused() -> None:
    inbox, refused = Inbox(), 0
    message = Message(0, 0, "load", "c\x1b\U0001f30a" * 50, source="osc:10.0.0.66")
    for number in range(MAX_WAITING):
        try:
            inbox.put(replace(message, source=f"osc:10.0.0.{number % 200}"))
        except RefusedError:
            refused += 1
    batch = [one.message for one in inbox.take(0.0)]
    lines = "".join(map(message_line, batch))
    assert len(batch) + refused == MAX_WAITING
    assert refused > 0
    assert len(lines) <= MAX_WAITING_BYTES < MAX_JOURNAL_WAITING_BYTES
    inbox.put(message)  # the next frame has room again


def test_a_sender_that_fills_the_queue_leaves_room_for_others_and_for_every_fader() -> None:
    inbox, go = Inbox(), Message(0, 0, "go", source="osc:10.0.0.66")
    for _ in range(MAX_WAITING_OF_A_SENDER):
        inbox.put(go)
    with pytest.raises(RefusedError, match="of this sender"):
        inbox.put(go)
    for number in range(MAX_WAITING - MAX_WAITING_OF_A_SENDER):
        inbox.put(replace(go, source=f"osc:10.0.0.{number % 60}"))
    with pytest.raises(RefusedError, match="wait for the next frame"):
        inbox.put(replace(go, source="osc:10.0.0.99"))
    inbox.put(Message(0, 0, "set", "/master", 0.5, source="osc:10.0.0.5"))
    assert inbox.take(0.0)[-1].message.target == "/master"


def test_a_line_of_the_journal_is_never_longer_than_is_reckoned() -> None:
    longest = Message(
        2**53, 2**31, "audition", "", -1.2345678901234567e-300, 1.2345678901234567e-300, "", 1.2345678901234567e-300
    )
    longest = replace(longest, release_seconds=1.2345678901234567e-300)
    assert len(message_line(longest)) <= LINE_BYTES


def test_budgets_of_any_number_of_hosts_keep_no_memory_and_have_an_end() -> None:
    budgets = HostBudgets(MessageRate(1, 1), MessageRate(1_000, 5_000))
    assert sum(budgets.take(f"host {number}", 1, 0.0) for number in range(10 * MAX_HOSTS)) == MAX_HOSTS + 1
    assert len(budgets._hosts) == MAX_HOSTS
    assert budgets.take("another", 1, 2.0)


def test_a_stranger_cannot_spend_what_others_have() -> None:
    budgets = HostBudgets(MessageRate(10, 10), MessageRate(100, 100))
    assert sum(budgets.take("one", 1, 0.0) for _ in range(1_000)) == 10
    assert budgets.take("another", 10, 0.0)
