"""Who may speak to the desk, and how often: loopback, the allow list, the passcode, the token and the rates.

Whoever may control the show is in; everybody else is a stranger. Strangers have one budget together, whatever addresses
they claim to have, so that their number gains them nothing: not one packet more, not one guess more, and never the
place of somebody who is in.
"""

from __future__ import annotations

import hmac
import ipaddress
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from threading import Lock
from typing import NamedTuple, TypeVar

from installation.desk.roles import ROLES, Role
from installation.errors import RefusedError, ScoreError

T = TypeVar("T")

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
    """What is remembered about a host: whether it may be heard, whether it needs the passcode, how much it sends."""

    __slots__ = ("allowed", "needs_passcode", "packets", "wrong_secrets")

    def __init__(self, allowed: bool, needs_passcode: bool) -> None:
        self.allowed, self.needs_passcode = allowed, needs_passcode
        self.packets, self.wrong_secrets = _Window(1.0), _Window(60.0)


class _Unlocked(NamedTuple):
    """A host that has sent a passcode, what that lets it do, and until when."""

    host: _Host
    role: Role
    until: float


class AccessGuard:
    """Decides about every packet, from any transport and thread, by its host. Times are seconds of any steady clock.

    This machine itself is always allowed and never asked for a passcode. Others have the role whose passcode they have
    sent last; where there is no passcode at all, whoever is allowed may edit. `passcode` is the one for editing,
    `lesser_passcodes` those for looking and running. `read_token` lets whoever shows it read health and metrics, and do
    nothing else. Raises ScoreError where the desk would be open to everybody, and where two passcodes are the same.
    """

    def __init__(
        self,
        bind_host: str,
        allow: tuple[str, ...] = (),
        passcode: str | None = None,
        max_packets_per_second: int = MAX_PACKETS_PER_SECOND,
        read_token: str | None = None,
        lesser_passcodes: Mapping[Role, str] | None = None,
    ) -> None:
        self._networks = tuple(map(_network, allow))
        given: dict[Role, str | None] = {**(lesser_passcodes or {}), "edit": passcode}
        self._passcodes: dict[Role, str] = {role: code for role in ROLES if (code := given.get(role))}
        self._read_token = read_token
        self._max_packets_per_second = max_packets_per_second
        self._lock = Lock()
        self._hosts: OrderedDict[str, _Host] = OrderedDict()
        self._unlocked: dict[str, _Unlocked] = {}
        self._strangers_packets, self._strangers_wrong_secrets = _Window(1.0), _Window(60.0)
        if len(set(self._passcodes.values())) < len(self._passcodes):
            raise ScoreError("two roles have one passcode; give each a passcode of its own")
        if not is_on_loopback_alone(bind_host) and not allow and not self._passcodes:
            raise ScoreError(
                f"the desk would accept anybody on {bind_host}: name the consoles with --allow ADDRESS, "
                "or set a --passcode, or leave the host out to listen to this machine only"
            )

    def admit(self, host: str, now: float, packets: int = 1) -> Role | None:
        """What the host may do, None for a stranger; raises RefusedError if its packets are not to be looked at."""
        known = self._hosts.get(host) or self._meet(host)
        if not known.allowed:
            raise RefusedError(f"{host} is not on the allow list", "not allowed")
        role = self.role(host, now)
        if role is None:
            if self._strangers_packets.add(now, packets) > MAX_STRANGERS_PACKETS_PER_SECOND:
                raise RefusedError(
                    f"hosts that have not sent the passcode send more than {MAX_STRANGERS_PACKETS_PER_SECOND} packets "
                    "a second together",
                    "too fast",
                )
        elif known.packets.add(now, packets) > self._max_packets_per_second:
            raise RefusedError(f"{host} sends more than {self._max_packets_per_second} packets a second", "too fast")
        return role

    def role(self, host: str, now: float) -> Role | None:
        """What a host may do: None for a stranger."""
        known = self._hosts.get(host) or self._meet(host)
        if not known.allowed:
            return None
        if not known.needs_passcode:
            return "edit"
        unlocked = self._unlocked.get(host)
        return unlocked.role if unlocked is not None and now < unlocked.until else None

    def require_passcode(self, host: str, now: float) -> Role:
        """What a host may do; raises RefusedError if it has still to send a passcode."""
        role = self.role(host, now)
        if role is None:
            raise RefusedError(f"{host} must send /passcode first", "no passcode")
        return role

    def require_token(self, host: str, token: str, now: float) -> Role:
        """What whoever shows a passcode as a token may do, for this once, be it on this machine; without one, what the
        host may do. Raises RefusedError for a wrong token and for strangers without one.
        """
        if not token:
            return self.require_passcode(host, now)
        if not (self._hosts.get(host) or self._meet(host)).allowed:
            raise RefusedError(f"{host} is not on the allow list", "not allowed")
        return self._compare(host, token, self._passcodes, "token", now)

    def is_open(self, host: str, now: float) -> bool:
        """Whether the host is in: without a passcode, or because it has sent one."""
        return self.role(host, now) is not None

    def unlock(self, host: str, passcode: str, now: float) -> None:
        """Opens the desk to a host that knows a passcode, as far as that goes; raises RefusedError if it does not."""
        known = self._hosts.get(host) or self._meet(host)
        if not self._passcodes or not known.needs_passcode:
            return
        role = self._compare(host, passcode, self._passcodes, "passcode", now)
        with self._lock:
            self._unlocked = {one: is_in for one, is_in in self._unlocked.items() if is_in.until > now}
            if host not in self._unlocked and len(self._unlocked) >= MAX_HOSTS:
                raise RefusedError(f"{MAX_HOSTS} hosts have sent the passcode already", "too fast")
            self._unlocked[host] = _Unlocked(known, role, now + PASSCODE_VALID_SECONDS)

    def require_reader(self, host: str, token: str, now: float) -> None:
        """Raises RefusedError for a host that may not even read the show's state: neither admitted nor with a token."""
        if self.is_open(host, now):
            return
        if self._read_token is None or not token or not (self._hosts.get(host) or self._meet(host)).allowed:
            raise RefusedError(f"{host} must send the token of --read-token, or a passcode", "no passcode")
        self._compare(host, token, {True: self._read_token}, "token", now)

    def _compare(self, host: str, said: str, secrets: Mapping[T, str], what: str, now: float) -> T:
        """Whose secret is said. Raises RefusedError for a wrong one, and for any at all after too many wrong ones."""
        known, is_in = self._hosts.get(host) or self._meet(host), self.is_open(host, now)
        if known.wrong_secrets.at(now) >= MAX_WRONG_PASSCODES:
            raise RefusedError(f"{host} sent too many wrong {what}s; it may try again in a minute", "no passcode")
        if not is_in and self._strangers_wrong_secrets.at(now) >= MAX_STRANGERS_WRONG_PASSCODES:
            raise RefusedError(f"strangers sent too many wrong {what}s; try again in a minute", "no passcode")
        given = said.encode(errors="replace")
        right = [whose for whose, secret in secrets.items() if hmac.compare_digest(given, secret.encode())]
        if not right:
            known.wrong_secrets.add(now)
            if not is_in:
                self._strangers_wrong_secrets.add(now)
            raise RefusedError(f"{host} sent a wrong {what}", "no passcode")
        return right[0]

    def _meet(self, host: str) -> _Host:
        """Remember a host, in place of the one that has been remembered the longest."""
        with self._lock:
            if len(self._hosts) >= MAX_HOSTS:
                self._hosts.popitem(last=False)
            known = self._hosts[host] = self._unlocked[host].host if host in self._unlocked else self._new(host)
            return known

    def _new(self, host: str) -> _Host:
        try:
            here = _is_loopback(host)
            allowed = here or not self._networks or any(_address(host) in network for network in self._networks)
        except ValueError:  # a client that has no address, or left before it was asked for it
            here = allowed = False
        return _Host(allowed, not here and bool(self._passcodes))


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """The host's address; an IPv4 host that speaks to an IPv6 socket is itself, and a link's name is left out."""
    address = ipaddress.ip_address(host.partition("%")[0])
    return getattr(address, "ipv4_mapped", None) or address


def _is_loopback(host: str) -> bool:
    return host == "localhost" or _address(host).is_loopback


def is_on_loopback_alone(bind_host: str) -> bool:
    """A name that was not looked up yet may lead anywhere."""
    try:
        return _is_loopback(bind_host)
    except ValueError:
        return False


def _network(text: str) -> Network:
    try:
        return ipaddress.ip_network(text)
    except ValueError as error:
        raise ScoreError(f"--allow {text}: {error}; allowed are 10.0.0.5 and 10.0.0.0/24") from None
