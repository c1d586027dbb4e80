"""How much of something anybody may have in a second: work, answers, requests.

A budget by host, so that nobody takes from others, and one for all together, so that there is an end to it however many
hosts there are. Measured in whatever the owner counts; times are seconds of any steady clock.
"""

from __future__ import annotations

from typing import NamedTuple

MAX_HOSTS = 1_024
"""With a budget of their own at once; further ones share one until others have been silent."""

SWEEP_SECONDS = 1.0
"""How often those that have spent nothing lately make room, where there is none."""


class MessageRate(NamedTuple):
    """An allowance per second, and at once after a while of silence."""

    per_second: float
    at_once: float


class Budget:
    """What may be spent now; it fills up over time."""

    __slots__ = ("_at", "_left", "_rate")

    def __init__(self, rate: MessageRate, now: float) -> None:
        self._rate, self._left, self._at = rate, rate.at_once, now

    def left(self, now: float) -> float:
        self._left = min(self._left + (now - self._at) * self._rate.per_second, self._rate.at_once)
        self._at = now
        return self._left

    def spend(self, amount: float) -> None:
        """Less than nothing may be left, where something had to be done all the same; a negative amount is given."""
        self._left -= amount

    def is_full(self, now: float) -> bool:
        return self.left(now) >= self._rate.at_once


class HostBudgets:
    """A budget for every host, within one for all."""

    def __init__(self, of_a_host: MessageRate, of_all: MessageRate) -> None:
        self._of_a_host = of_a_host
        self._all = Budget(of_all, 0.0)
        self._further = Budget(of_a_host, 0.0)
        self._hosts: dict[str, Budget] = {}
        self._swept_at = float("-inf")

    def take(self, host: str, amount: float, now: float) -> bool:
        """Spend it, if host and all have that much; whether they had."""
        own = self._hosts.get(host) or self._meet(host, now)
        if own.left(now) < amount or self._all.left(now) < amount:
            return False
        own.spend(amount)
        self._all.spend(amount)
        return True

    def give(self, host: str, amount: float, now: float) -> None:
        """The host has earned this much more, up to what it may have at once."""
        for budget in (self._hosts.get(host) or self._meet(host, now), self._all):
            budget.left(now)
            budget.spend(-amount)

    def _meet(self, host: str, now: float) -> Budget:
        if len(self._hosts) >= MAX_HOSTS and now - self._swept_at >= SWEEP_SECONDS:
            self._swept_at = now
            self._hosts = {one: budget for one, budget in self._hosts.items() if not budget.is_full(now)}
        if len(self._hosts) >= MAX_HOSTS:
            return self._further
        own = self._hosts[host] = Budget(self._of_a_host, now)
        return own
