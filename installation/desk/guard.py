"""Decides which hosts may use the desk, and how often: loopback, allow list, passcodes, token and rates.

Hosts that may use the desk are in; all others are strangers. All strangers share one budget, whatever addresses they
claim. More addresses give them no more packets, no more guesses, and never the place of a host that is in.
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
"""Per host: twice the worst flood that the desk is built for, so only a broken or hostile sender exceeds it."""

MAX_STRANGERS_PACKETS_PER_SECOND = 500
"""From all strangers together: enough for every console in the house to send its passcode within one second."""

MAX_WRONG_PASSCODES = 5
"""Per host and minute; after these the guard checks no passcode of the host until the minute is over."""

MAX_STRANGERS_WRONG_PASSCODES = 30
"""Per minute, from all strangers together: to guess four digits then takes three hours on average, however many try."""

PASSCODE_VALID_SECONDS = 12 * 3_600.0
"""A passcode opens the desk to its host for one working day."""

MAX_HOSTS = 1_024
"""The most hosts that the guard remembers; it forgets the oldest first, which does no harm. Hosts that have sent a
passcode are kept apart: there may be as many again, and the guard admits no more."""


@dataclass(slots=True)
class _Window:
    """A count since `began`; times in seconds."""

    seconds: float
    began: float = float("-inf")
    count: int = 0

    def add(self, now: float, count: int = 1) -> int:
        """Adds to the count; returns the count of the present window."""
        self.count = self.at(now) + count
        return self.count

    def at(self, now: float) -> int:
        if now - self.began >= self.seconds:
            self.began, self.count = now, 0
        return self.count


class _Host:
    """The guard's record of a host: whether it is allowed, whether it needs a passcode, how much it sends."""

    __slots__ = ("allowed", "needs_passcode", "packets", "wrong_secrets")

    def __init__(self, allowed: bool, needs_passcode: bool) -> None:
        self.allowed, self.needs_passcode = allowed, needs_passcode
        self.packets, self.wrong_secrets = _Window(1.0), _Window(60.0)


class _Unlocked(NamedTuple):
    """A host that has sent a passcode, the role that it has, and until when."""

    host: _Host
    role: Role
    until: float


class AccessGuard:
    """Decides about every packet, from any transport and thread, by its host. Times are seconds of any steady clock.

    This machine is always allowed and needs no passcode. Another host has the role of the passcode that it sent last;
    if the desk has no passcodes, every allowed host may edit. `passcode` is for editing, `lesser_passcodes` are for
    looking and running. `read_token` lets a client read health and metrics, and nothing else. Raises ScoreError if the
    desk would be open to everybody, and if two roles have the same passcode.
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
        """The host's role, None for a stranger; raises RefusedError if the desk must ignore its packets."""
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
        """The host's role; None for a stranger."""
        known = self._hosts.get(host) or self._meet(host)
        if not known.allowed:
            return None
        if not known.needs_passcode:
            return "edit"
        unlocked = self._unlocked.get(host)
        return unlocked.role if unlocked is not None and now < unlocked.until else None

    def require_passcode(self, host: str, now: float) -> Role:
        """The host's role; raises RefusedError if it must send a passcode first."""
        role = self.role(host, now)
        if role is None:
            raise RefusedError(f"{host} must send /passcode first", "no passcode")
        return role

    def require_token(self, host: str, token: str, now: float) -> Role:
        """The role of a passcode that a request carries as its token, for this request only, even on this machine;
        without a token, the host's role. Raises RefusedError for a wrong token and for strangers without one.
        """
        if not token:
            return self.require_passcode(host, now)
        if not (self._hosts.get(host) or self._meet(host)).allowed:
            raise RefusedError(f"{host} is not on the allow list", "not allowed")
        return self._compare(host, token, self._passcodes, "token", now)

    def is_open(self, host: str, now: float) -> bool:
        """Whether the host is in, because it needs no passcode or has sent one."""
        return self.role(host, now) is not None

    def unlock(self, host: str, passcode: str, now: float) -> None:
        """Gives a host the role of the passcode that it sent; raises RefusedError for a wrong passcode."""
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
        """Raises RefusedError if a host may not read the show's state: it is not in and has no valid token."""
        if self.is_open(host, now):
            return
        if self._read_token is None or not token or not (self._hosts.get(host) or self._meet(host)).allowed:
            raise RefusedError(f"{host} must send the token of --read-token, or a passcode", "no passcode")
        self._compare(host, token, {True: self._read_token}, "token", now)

    def _compare(self, host: str, said: str, secrets: Mapping[T, str], what: str, now: float) -> T:
        """The owner of a secret. Raises RefusedError for a wrong secret, and for any after too many wrong ones."""
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
        """Remembers a host; forgets the oldest if there is no room."""
        with self._lock:
            if len(self._hosts) >= MAX_HOSTS:
                self._hosts.popitem(last=False)
            known = self._hosts[host] = self._unlocked[host].host if host in self._unlocked else self._new(host)
            return known

    def _new(self, host: str) -> _Host:
        try:
            here = _is_loopback(host)
            allowed = here or not self._networks or any(_address(host) in network for network in self._networks)
        except ValueError:  # a client without an address, or one that left before the desk could read it
            here = allowed = False
        return _Host(allowed, not here and bool(self._passcodes))


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """The host's address, without an interface name; an IPv4 address if an IPv4 host speaks to an IPv6 socket."""
    address = ipaddress.ip_address(host.partition("%")[0])
    return getattr(address, "ipv4_mapped", None) or address


def _is_loopback(host: str) -> bool:
    return host == "localhost" or _address(host).is_loopback


def is_on_loopback_alone(bind_host: str) -> bool:
    """Whether the host is loopback; False for a name that is not resolved yet."""
    try:
        return _is_loopback(bind_host)
    except ValueError:
        return False


def _network(text: str) -> Network:
    try:
        return ipaddress.ip_network(text)
    except ValueError as error:
        raise ScoreError(f"--allow {text}: {error}; allowed are 10.0.0.5 and 10.0.0.0/24") from None
