"""What waits for the next frame."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from installation.desk.inbox import MAX_SCHEDULE_SECONDS, MAX_SCHEDULED, Inbox
from installation.errors import RefusedError
from installation.show.control import Message

GO = Message(0, 0, "go", source="osc:a")


def master(level: float, source: str = "osc:a", fade_seconds: float = 0.0) -> Message:
    return Message(0, 0, "set", "/master", level, fade_seconds, source)


def messages_in(inbox: Inbox, now: float = 0.0) -> list[Message]:
    return [waiting.message for waiting in inbox.take(now)]


def taken(*messages: Message) -> list[Message]:
    inbox = Inbox()
    for message in messages:
        inbox.put(message)
    return messages_in(inbox)


def test_a_sweep_leaves_its_newest_value() -> None:
    inbox = Inbox()
    for step in range(1_000):
        inbox.put(master(step / 1_000))
    assert messages_in(inbox) == [master(0.999)]
    assert inbox.coalesced == 999
    assert messages_in(inbox) == []


def test_every_go_counts_and_keeps_its_place() -> None:
    assert taken(GO, master(0.1), GO, master(0.2), GO) == [GO, GO, master(0.2), GO]


def test_a_fade_sets_out_from_the_value_before_it() -> None:
    assert taken(master(0.0), master(1.0, fade_seconds=2.0)) == [master(0.0), master(1.0, fade_seconds=2.0)]
    assert taken(master(1.0, fade_seconds=2.0), master(0.5)) == [master(0.5)]


def test_a_desk_that_may_be_shut_out_does_not_replace_what_the_page_set() -> None:
    assert taken(master(0.2, "page"), master(0.7)) == [master(0.2, "page"), master(0.7)]


def test_shutting_a_desk_out_keeps_its_place_among_its_messages() -> None:
    out, back = Message(0, 0, "engage", value=0.0, source="page"), Message(0, 0, "engage", value=1.0, source="page")
    assert taken(out, GO, back) == [out, GO, back]


@given(
    st.lists(
        st.one_of(
            st.just(GO),
            st.builds(
                master,
                st.sampled_from([0.0, 0.5, 1.0]),
                st.sampled_from(["osc:a", "page"]),
                st.sampled_from([0.0, 1.0]),
            ),
        )
    )
)
@settings(max_examples=100, deadline=None)
def test_nothing_is_lost_but_what_a_newer_value_replaces(messages: list[Message]) -> None:
    inbox = Inbox()
    for message in messages:
        inbox.put(message)
    rest = messages_in(inbox)
    assert len(rest) + inbox.coalesced == len(messages)
    assert rest.count(GO) == messages.count(GO)
    levels = [message for message in messages if message.kind == "set"]
    assert not levels or levels[-1] in rest


def test_a_bundle_for_later_waits_for_its_time() -> None:
    inbox = Inbox()
    inbox.put_for(12.0, master(0.1), now=10.0)
    inbox.put_for(11.0, GO, now=10.0)
    inbox.put_for(9.0, master(0.9), now=10.0)  # late: at once
    assert messages_in(inbox, 10.0) == [master(0.9)]
    assert messages_in(inbox, 11.5) == [GO]
    assert messages_in(inbox, 12.0) == [master(0.1)]


@pytest.mark.parametrize("due", [float("inf"), float("nan"), MAX_SCHEDULE_SECONDS + 1.0])
def test_nothing_is_kept_for_too_long(due: float) -> None:
    with pytest.raises(RefusedError) as refused:
        Inbox().put_for(due, GO, now=0.0)
    assert refused.value.reason == "too far ahead"


def test_memory_is_bounded_while_no_frame_is_drawn() -> None:
    inbox = Inbox(max_waiting=3)
    for _ in range(3):
        inbox.put(GO)
    with pytest.raises(RefusedError) as refused:
        inbox.put(GO)
    assert refused.value.reason == "queue full"
    for _ in range(MAX_SCHEDULED):
        inbox.put_for(1.0, GO, now=0.0)
    with pytest.raises(RefusedError):
        inbox.put_for(1.0, GO, now=0.0)


def test_two_desks_at_once_lose_nothing() -> None:
    inbox = Inbox()
    gos = [replace(GO, source=f"osc:{name}") for name in "ab"]

    def put_many(go: Message) -> None:
        for _ in range(2_000):
            inbox.put(go)

    threads = [threading.Thread(target=put_many, args=(go,)) for go in gos]
    for thread in threads:
        thread.start()
    taken_messages: list[Message] = []
    while any(thread.is_alive() for thread in threads):
        taken_messages += messages_in(inbox)
    taken_messages += messages_in(inbox)
    assert [taken_messages.count(go) for go in gos] == [2_000, 2_000]
