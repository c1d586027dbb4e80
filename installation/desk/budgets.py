"""Limits per second for each host, of work, answers or requests.

Each host has its own budget, so that no host uses up another's. A common budget limits all hosts together, however many
there are. The owner chooses the unit; times are seconds of any steady clock.
"""

from __future__ import annotations

from typing import NamedTuple

MAX_HOSTS = 1_024
"""The most hosts with a budget of their own at once; further hosts share one until others have been silent."""

SWEEP_SECONDS = 1.0
"""The shortest time between two removals of hosts that have spent nothing lately, when there is no room."""


class MessageRate(NamedTuple):
    """An allowance per second, and the most that may be spent at once after a silence."""

    per_second: float
    at_once: float


class Budget:
    """The amount that may be spent now; it refills over time."""

    __slots__ = ("_at", "_left", "_rate")

    def __init__(self, rate: MessageRate, now: float) -> None:
        self._rate, self._left, self._at = rate, rate.at_once, now

    def left(self, now: float) -> float:
        self._left = min(self._left + (now - self._at) * self._rate.per_second, self._rate.at_once)
        self._at = now
        return self._left

    def spend(self, amount: float) -> None:
        """Spends an amount; the rest may become negative. A negative amount adds to the budget."""
        self._left -= amount

    def is_full(self, now: float) -> bool:
        return self.left(now) >= self._rate.at_once


class HostBudgets:
    """A budget for every host, within a common one."""

    def __init__(self, of_a_host: MessageRate, of_all: MessageRate) -> None:
        self._of_a_host = of_a_host
        self._all = Budget(of_all, 0.0)
        self._further = Budget(of_a_host, 0.0)
        self._hosts: dict[str, Budget] = {}
        self._swept_at = float("-inf")

    def take(self, host: str, amount: float, now: float) -> bool:
        """Spends an amount if the host's and the common budget allow it; returns whether they did."""
        own = self._hosts.get(host) or self._meet(host, now)
        if own.left(now) < amount or self._all.left(now) < amount:
            return False
        own.spend(amount)
        self._all.spend(amount)
        return True

    def give(self, host: str, amount: float, now: float) -> None:
        """Adds an amount to the host's and the common budget, up to what may be spent at once."""
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
