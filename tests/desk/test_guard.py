"""Who may speak to the desk."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

import pytest

from installation.desk.guard import (
    MAX_HOSTS,
    MAX_STRANGERS_PACKETS_PER_SECOND,
    MAX_STRANGERS_WRONG_PASSCODES,
    MAX_WRONG_PASSCODES,
    AccessGuard,
)
from installation.errors import RefusedError, ScoreError

CONSOLE, STRANGER = "10.0.0.5", "10.0.1.5"


def test_this_machine_needs_nothing() -> None:
    guard = AccessGuard("127.0.0.1")
    guard.admit("127.0.0.1", 0.0)
    guard.require_passcode("127.0.0.1", 0.0)


@pytest.mark.parametrize("host", ["0.0.0.0", "10.0.0.1", "::"])
def test_nobody_opens_the_desk_to_everybody_by_accident(host: str) -> None:
    with pytest.raises(ScoreError, match="--allow"):
        AccessGuard(host)


@pytest.mark.parametrize("allow", ["10.0.0.5", "10.0.0.0/24"])
def test_only_the_consoles_on_the_allow_list_are_heard(allow: str) -> None:
    guard = AccessGuard("0.0.0.0", allow=(allow,))
    guard.admit(CONSOLE, 0.0)
    guard.admit(f"::ffff:{CONSOLE}", 0.0)
    guard.admit("127.0.0.1", 0.0)
    with pytest.raises(RefusedError, match="not on the allow list"):
        guard.admit(STRANGER, 0.0)


def test_a_mistake_in_the_allow_list_names_it() -> None:
    with pytest.raises(ScoreError, match=r"10\.0\.0\.300"):
        AccessGuard("0.0.0.0", allow=("10.0.0.300",))


def test_the_passcode_opens_the_desk_to_its_host_for_the_day() -> None:
    guard = AccessGuard("0.0.0.0", passcode="1234")
    with pytest.raises(RefusedError, match="/passcode"):
        guard.require_passcode(CONSOLE, 0.0)
    guard.unlock(CONSOLE, "1234", 0.0)
    guard.require_passcode(CONSOLE, 3_600.0)
    with pytest.raises(RefusedError):
        guard.require_passcode(STRANGER, 0.0)
    with pytest.raises(RefusedError):
        guard.require_passcode(CONSOLE, 24 * 3_600.0)


def test_a_passcode_cannot_be_guessed_by_trying() -> None:
    guard = AccessGuard("0.0.0.0", passcode="1234")
    for _ in range(MAX_WRONG_PASSCODES):
        with pytest.raises(RefusedError, match="wrong"):
            guard.unlock(CONSOLE, "0000", 0.0)
    with pytest.raises(RefusedError, match="too many"):
        guard.unlock(CONSOLE, "1234", 1.0)
    guard.unlock(CONSOLE, "1234", 61.0)


def test_one_host_cannot_send_without_end() -> None:
    guard = AccessGuard("127.0.0.1", max_packets_per_second=3)
    for _ in range(3):
        guard.admit("127.0.0.1", 0.0)
    with pytest.raises(RefusedError, match="more than 3"):
        guard.admit("127.0.0.1", 0.5)
    guard.admit("127.0.0.1", 1.0)


def strangers(count: int) -> Iterator[str]:
    return (f"10.1.{number >> 8}.{number & 255}" for number in range(count))


def test_many_hosts_keep_no_memory() -> None:
    guard = AccessGuard("0.0.0.0", passcode="1234")
    for second, host in enumerate(strangers(2 * MAX_HOSTS)):
        guard.admit(host, float(second))
    assert len(guard._hosts) == MAX_HOSTS


def test_no_number_of_strangers_shuts_out_a_console_that_has_said_the_passcode() -> None:
    guard = AccessGuard("0.0.0.0", passcode="1234")
    guard.unlock(CONSOLE, "1234", 0.0)
    for host in strangers(2 * MAX_HOSTS):
        with suppress(RefusedError):
            guard.admit(host, 1.0)
    guard.admit(CONSOLE, 1.0)
    guard.require_passcode(CONSOLE, 1.0)


def test_all_strangers_have_one_budget_of_packets() -> None:
    guard = AccessGuard("0.0.0.0", passcode="1234")
    for host in strangers(MAX_STRANGERS_PACKETS_PER_SECOND):
        guard.admit(host, 0.0)
    with pytest.raises(RefusedError, match="together"):
        guard.admit(STRANGER, 0.5)
    guard.admit(STRANGER, 1.0)


def test_a_passcode_cannot_be_guessed_from_many_addresses() -> None:
    guard = AccessGuard("0.0.0.0", passcode="1234")
    guard.unlock(CONSOLE, "1234", 0.0)
    looked_at = 0
    for host in strangers(2_000):
        with pytest.raises(RefusedError) as refused:
            guard.unlock(host, "0000", 1.0)
        looked_at += "a wrong" in str(refused.value)
    assert looked_at == MAX_STRANGERS_WRONG_PASSCODES
    with pytest.raises(RefusedError, match="too many"):
        guard.unlock(STRANGER, "1234", 2.0)
    guard.require_passcode(CONSOLE, 2.0)
    guard.unlock(STRANGER, "1234", 62.0)


def test_the_token_reads_and_opens_nothing() -> None:
    guard = AccessGuard("0.0.0.0", passcode="1234", read_token="metrics")
    guard.require_reader(STRANGER, "metrics", 0.0)
    guard.require_reader("127.0.0.1", "", 0.0)
    assert not guard.is_open(STRANGER, 0.0)
    for token in ("", "wrong", "1234"):
        with pytest.raises(RefusedError):
            guard.require_reader(STRANGER, token, 0.0)
    with pytest.raises(RefusedError, match="must send"):
        AccessGuard("0.0.0.0", passcode="1234").require_reader(STRANGER, "1234", 0.0)


def test_whoever_has_no_address_is_not_heard() -> None:
    with pytest.raises(RefusedError, match="not on the allow list"):
        AccessGuard("127.0.0.1").admit("", 0.0)
