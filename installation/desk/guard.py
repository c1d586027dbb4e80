"""Who may speak to the desk, and how often: loopback, the allow list, the passcode and the rate limit."""

from __future__ import annotations

import hmac
import ipaddress
from collections import OrderedDict
from dataclasses import dataclass

from installation.errors import RefusedError, ScoreError

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

MAX_PACKETS_PER_SECOND = 100_000
"""Per host; twice the worst flood that the desk is built for, so only a broken or hostile sender meets it."""

MAX_WRONG_PASSCODES = 5
"""Within a minute; then a host's passcodes are not looked at before the minute is over."""

PASSCODE_VALID_SECONDS = 12 * 3_600.0
"""A passcode opens the desk to its host for one working day."""

MAX_HOSTS = 1_024
"""Remembered at once; the one that was silent the longest is forgotten first."""


@dataclass(slots=True)
class _Host:
    allowed: bool
    unlocked_until: float
    second_began: float = 0.0
    packets_this_second: int = 0
    minute_began: float = 0.0
    wrong_passcodes_this_minute: int = 0


class AccessGuard:
    """Decides about every packet, from any transport, by its host. Times are seconds of any steady clock.

    This machine itself is always allowed and never asked for the passcode.
    """

    def __init__(
        self,
        bind_host: str,
        allow: tuple[str, ...] = (),
        passcode: str | None = None,
        max_packets_per_second: int = MAX_PACKETS_PER_SECOND,
    ) -> None:
        self._networks = tuple(map(_network, allow))
        self._passcode = passcode
        self._max_packets_per_second = max_packets_per_second
        self._hosts: OrderedDict[str, _Host] = OrderedDict()
        if not _is_on_loopback_alone(bind_host) and not allow and not passcode:
            raise ScoreError(
                f"the desk would accept anybody on {bind_host}: name the consoles with --allow ADDRESS, "
                "or set a --passcode, or leave the host out to listen to this machine only"
            )

    def admit(self, host: str, now: float, packets: int = 1) -> None:
        """Raises RefusedError if packets from the host are not to be looked at any further."""
        known = self._hosts.get(host) or self._meet(host)
        if not known.allowed:
            raise RefusedError(f"{host} is not on the allow list", "not allowed")
        if now - known.second_began >= 1.0:
            known.second_began, known.packets_this_second = now, 0
            self._hosts.move_to_end(host)
        known.packets_this_second += packets
        if known.packets_this_second > self._max_packets_per_second:
            raise RefusedError(f"{host} sends more than {self._max_packets_per_second} packets a second", "too fast")

    def require_passcode(self, host: str, now: float) -> None:
        """Raises RefusedError if the host has still to send the passcode before it may control anything."""
        if not self.is_open(host, now):
            raise RefusedError(f"{host} must send /passcode first", "no passcode")

    def is_open(self, host: str, now: float) -> bool:
        """Whether the host may control something without a passcode, or has sent it."""
        known = self._hosts.get(host) or self._meet(host)
        return now < known.unlocked_until

    def unlock(self, host: str, passcode: str, now: float) -> None:
        """Opens the desk to a host that knows the passcode; raises RefusedError if it does not."""
        known = self._hosts.get(host) or self._meet(host)
        if now - known.minute_began >= 60.0:
            known.minute_began, known.wrong_passcodes_this_minute = now, 0
        if known.wrong_passcodes_this_minute >= MAX_WRONG_PASSCODES:
            raise RefusedError(f"{host} sent too many wrong passcodes; it may try again in a minute", "no passcode")
        if self._passcode is not None and not hmac.compare_digest(passcode.encode(), self._passcode.encode()):
            known.wrong_passcodes_this_minute += 1
            raise RefusedError(f"{host} sent a wrong passcode", "no passcode")
        known.unlocked_until = max(known.unlocked_until, now + PASSCODE_VALID_SECONDS)

    def _meet(self, host: str) -> _Host:
        if len(self._hosts) >= MAX_HOSTS:
            self._hosts.popitem(last=False)
        try:
            here = _is_loopback(host)
            allowed = here or not self._networks or any(_address(host) in network for network in self._networks)
        except ValueError:  # a client that has no address, or left before it was asked for it
            here = allowed = False
        known = _Host(allowed, float("inf") if here or self._passcode is None else float("-inf"))
        self._hosts[host] = known
        return known


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """The host's address; an IPv4 host that speaks to an IPv6 socket is itself, and a link's name is left out."""
    address = ipaddress.ip_address(host.partition("%")[0])
    return getattr(address, "ipv4_mapped", None) or address


def _is_loopback(host: str) -> bool:
    return host == "localhost" or _address(host).is_loopback


def _is_on_loopback_alone(bind_host: str) -> bool:
    """A name that is still to be asked for may lead anywhere."""
    try:
        return _is_loopback(bind_host)
    except ValueError:
        return False


def _network(text: str) -> Network:
    try:
        return ipaddress.ip_network(text)
    except ValueError as error:
        raise ScoreError(f"--allow {text}: {error}; allowed are 10.0.0.5 and 10.0.0.0/24") from None
