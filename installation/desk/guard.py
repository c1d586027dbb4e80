"""Who may speak to the desk, and how often: loopback, the allow list, the passcode, the token and the rates.

Whoever may control the show is in; everybody else is a stranger. Strangers have one budget together, whatever addresses
they claim to have, so that their number gains them nothing: not one packet more, not one guess more, and never the
place of somebody who is in.
"""

from __future__ import annotations

import hmac
import ipaddress
from collections import OrderedDict
from dataclasses import dataclass
from threading import Lock

from installation.errors import RefusedError, ScoreError

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

MAX_PACKETS_PER_SECOND = 100_000
"""Per host; twice the worst flood that the desk is built for, so only a broken or hostile sender meets it."""

MAX_STRANGERS_PACKETS_PER_SECOND = 500
"""Of all strangers together: enough for every console in the house to say its passcode within one second."""

MAX_WRONG_PASSCODES = 5
"""Within a minute; then a host's passcodes are not looked at before the minute is over."""

MAX_STRANGERS_WRONG_PASSCODES = 30
"""Within a minute, of all strangers together: four digits then take three hours on average, however many guess."""

PASSCODE_VALID_SECONDS = 12 * 3_600.0
"""A passcode opens the desk to its host for one working day."""

MAX_HOSTS = 1_024
"""Hosts remembered at once; the one that came first is forgotten first, which costs nobody anything. Those that are in
by their passcode are kept apart: of these there are as many again, and no more are let in."""


@dataclass(slots=True)
class _Window:
    """What was counted since `began`; times in seconds."""

    seconds: float
    began: float = float("-inf")
    count: int = 0

    def add(self, now: float, count: int = 1) -> int:
        """Count; returns how many there are in this window now."""
        self.count = self.at(now) + count
        return self.count

    def at(self, now: float) -> int:
        if now - self.began >= self.seconds:
            self.began, self.count = now, 0
        return self.count


class _Host:
    """What is remembered of a host: whether it may be heard, whether it needs the passcode, how much it sends."""

    __slots__ = ("allowed", "needs_passcode", "packets", "wrong_secrets")

    def __init__(self, allowed: bool, needs_passcode: bool) -> None:
        self.allowed, self.needs_passcode = allowed, needs_passcode
        self.packets, self.wrong_secrets = _Window(1.0), _Window(60.0)


class AccessGuard:
    """Decides about every packet, from any transport and thread, by its host. Times are seconds of any steady clock.

    This machine itself is always allowed and never asked for the passcode. `read_token` lets whoever shows it read
    health and metrics, and do nothing else.
    """

    def __init__(
        self,
        bind_host: str,
        allow: tuple[str, ...] = (),
        passcode: str | None = None,
        max_packets_per_second: int = MAX_PACKETS_PER_SECOND,
        read_token: str | None = None,
    ) -> None:
        self._networks = tuple(map(_network, allow))
        self._passcode, self._read_token = passcode, read_token
        self._max_packets_per_second = max_packets_per_second
        self._lock = Lock()
        self._hosts: OrderedDict[str, _Host] = OrderedDict()
        self._unlocked: dict[str, tuple[_Host, float]] = {}
        self._strangers_packets, self._strangers_wrong_secrets = _Window(1.0), _Window(60.0)
        if not is_on_loopback_alone(bind_host) and not allow and not passcode:
            raise ScoreError(
                f"the desk would accept anybody on {bind_host}: name the consoles with --allow ADDRESS, "
                "or set a --passcode, or leave the host out to listen to this machine only"
            )

    def admit(self, host: str, now: float, packets: int = 1) -> bool:
        """Whether the host may control something; raises RefusedError if its packets are not to be looked at at all."""
        known = self._hosts.get(host) or self._meet(host)
        if not known.allowed:
            raise RefusedError(f"{host} is not on the allow list", "not allowed")
        is_in = not known.needs_passcode or self._has_unlocked(host, now)
        if not is_in:
            if self._strangers_packets.add(now, packets) > MAX_STRANGERS_PACKETS_PER_SECOND:
                raise RefusedError(
                    f"hosts that have not sent the passcode send more than {MAX_STRANGERS_PACKETS_PER_SECOND} packets "
                    "a second together",
                    "too fast",
                )
        elif known.packets.add(now, packets) > self._max_packets_per_second:
            raise RefusedError(f"{host} sends more than {self._max_packets_per_second} packets a second", "too fast")
        return is_in

    def require_passcode(self, host: str, now: float) -> None:
        """Raises RefusedError if the host has still to send the passcode before it may control anything."""
        if not self.is_open(host, now):
            raise RefusedError(f"{host} must send /passcode first", "no passcode")

    def is_open(self, host: str, now: float) -> bool:
        """Whether the host may control something without a passcode, or has sent it."""
        known = self._hosts.get(host) or self._meet(host)
        return known.allowed and (not known.needs_passcode or self._has_unlocked(host, now))

    def unlock(self, host: str, passcode: str, now: float) -> None:
        """Opens the desk to a host that knows the passcode; raises RefusedError if it does not."""
        known = self._hosts.get(host) or self._meet(host)
        if self._passcode is None or not known.needs_passcode:
            return
        self._compare(host, passcode, self._passcode, "passcode", now)
        with self._lock:
            self._unlocked = {one: (is_in, until) for one, (is_in, until) in self._unlocked.items() if until > now}
            if host not in self._unlocked and len(self._unlocked) >= MAX_HOSTS:
                raise RefusedError(f"{MAX_HOSTS} hosts have sent the passcode already", "too fast")
            self._unlocked[host] = known, now + PASSCODE_VALID_SECONDS

    def require_reader(self, host: str, token: str, now: float) -> None:
        """Raises RefusedError for whoever may not even read how the show is: it is not in, and shows no token."""
        if self.is_open(host, now):
            return
        if self._read_token is None or not token or not (self._hosts.get(host) or self._meet(host)).allowed:
            raise RefusedError(f"{host} must send the token that --read-token names, or be in", "no passcode")
        self._compare(host, token, self._read_token, "token", now)

    def _compare(self, host: str, said: str, right: str, what: str, now: float) -> None:
        """Raises RefusedError for a wrong secret, and for any at all after too many wrong ones."""
        known, is_in = self._hosts.get(host) or self._meet(host), self._has_unlocked(host, now)
        if known.wrong_secrets.at(now) >= MAX_WRONG_PASSCODES:
            raise RefusedError(f"{host} sent too many wrong {what}s; it may try again in a minute", "no passcode")
        if not is_in and self._strangers_wrong_secrets.at(now) >= MAX_STRANGERS_WRONG_PASSCODES:
            raise RefusedError(f"strangers sent too many wrong {what}s; try again in a minute", "no passcode")
        if not hmac.compare_digest(said.encode(errors="replace"), right.encode()):
            known.wrong_secrets.add(now)
            if not is_in:
                self._strangers_wrong_secrets.add(now)
            raise RefusedError(f"{host} sent a wrong {what}", "no passcode")

    def _has_unlocked(self, host: str, now: float) -> bool:
        known = self._unlocked.get(host)
        return known is not None and now < known[1]

    def _meet(self, host: str) -> _Host:
        """Remember a host, in place of the one that has been remembered the longest."""
        with self._lock:
            if len(self._hosts) >= MAX_HOSTS:
                self._hosts.popitem(last=False)
            known = self._hosts[host] = self._unlocked[host][0] if host in self._unlocked else self._new(host)
            return known

    def _new(self, host: str) -> _Host:
        try:
            here = _is_loopback(host)
            allowed = here or not self._networks or any(_address(host) in network for network in self._networks)
        except ValueError:  # a client that has no address, or left before it was asked for it
            here = allowed = False
        return _Host(allowed, not here and self._passcode is not None)


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """The host's address; an IPv4 host that speaks to an IPv6 socket is itself, and a link's name is left out."""
    address = ipaddress.ip_address(host.partition("%")[0])
    return getattr(address, "ipv4_mapped", None) or address


def _is_loopback(host: str) -> bool:
    return host == "localhost" or _address(host).is_loopback


def is_on_loopback_alone(bind_host: str) -> bool:
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
