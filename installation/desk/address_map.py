"""Translates foreign addresses and ranges into ours, by the rules of a desk file."""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from installation.desk.network.osc_wire import Argument, OscMessage
from installation.errors import RefusedError
from installation.show.controls import within
from installation.show.score import Score

Press = Literal["any", "edge"]
"""`any`: whatever is not a release fires. `edge`: fires when a fader or button passes half of its way up."""

CAPTURE = re.compile(r"\{([a-z]+)\}")

MAX_EDGES = 4_096
"""Buttons whose last position is remembered."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of a desk file.

    `source` may have captures such as `{cue}` that stand for one part of the address and come back in `target`.
    `low` and `high` are what the console sends at the two ends; None = it sends what we take. `value` is sent instead
    of what the console sends, whenever it presses. `fade_seconds` is added where the console sends no fade. With
    `clamps` what lies beyond the ends counts as the nearer one.
    """

    source: str
    target: str
    low: float | None = None
    high: float | None = None
    press: Press | None = None
    value: float | None = None
    fade_seconds: float | None = None
    clamps: bool = False


class AddressMap:
    """The rules of a desk file, and behind them what a score listens to, applied to each message that comes in."""

    def __init__(self, rules: Iterable[Rule] = ()) -> None:
        self._exact: dict[str, Rule] = {}
        self._inputs: dict[str, Rule] = {}
        self._captures: list[tuple[re.Pattern[str], Rule]] = []
        self._pressed: OrderedDict[str, bool] = OrderedDict()
        for rule in rules:
            if CAPTURE.search(rule.source):
                self._captures.append((_pattern(rule.source), rule))
            else:
                self._exact[rule.source.casefold()] = rule

    def play(self, score: Score) -> None:
        """From now on the sensors are those that this score listens to."""
        self._inputs = {
            one.osc.address.casefold(): Rule(one.osc.address, f"/p/{one.name}", one.osc.low, one.osc.high, clamps=True)
            for one in score.parameters
            if one.osc is not None
        }

    def translate(self, message: OscMessage) -> OscMessage | None:
        """The message as ours, itself where no rule is about it, or None where a button has not passed its edge.

        Raises RefusedError for a value that the rule's range does not hold.
        """
        rule, captured = self._find(message.address.casefold())
        if rule is None:
            return message
        arguments = message.arguments
        if rule.press == "edge":
            if not self._passes_edge(rule, message):
                return None
            arguments = ()
        elif rule.low is not None:
            arguments = (_share(rule, message), *arguments[1:])
        if rule.value is not None:
            if len(arguments) == 1 and arguments[0] in (0, False):
                return None
            arguments = (rule.value,)
        if rule.fade_seconds is not None and len(arguments) < 2:
            arguments = (arguments[0] if arguments else True, rule.fade_seconds)
        target = CAPTURE.sub(lambda capture: captured[capture[1]], rule.target)
        return OscMessage(target, arguments, message.due)

    def rule_for(self, address: str) -> Rule | None:
        """The rule that is about an address."""
        return self._find(address.casefold())[0]

    def _find(self, address: str) -> tuple[Rule | None, dict[str, str]]:
        rule = self._exact.get(address)
        if rule is None:
            for pattern, candidate in self._captures:
                if match := pattern.fullmatch(address):
                    return candidate, match.groupdict()
        return rule or self._inputs.get(address), {}

    def _passes_edge(self, rule: Rule, message: OscMessage) -> bool:
        """Whether the button goes down with this message; one without arguments has no way up and always fires."""
        if not message.arguments:
            return True
        pressed = _share(rule, message) >= 0.5
        before = self._pressed.pop(message.address, False)
        if len(self._pressed) >= MAX_EDGES:
            self._pressed.popitem(last=False)
        self._pressed[message.address] = pressed
        return pressed and not before


def _share(rule: Rule, message: OscMessage) -> float:
    """Where the value lies between the ends of the rule's range, 0 to 1; without a range, the value itself."""
    given: Argument = message.arguments[0] if message.arguments else None
    if not isinstance(given, bool | int | float):
        raise RefusedError(f"{message.address}: {given!r} is not a number", "wrong type")
    if isinstance(given, bool) or rule.low is None or rule.high is None:
        return float(given)
    low, high = sorted((rule.low, rule.high))
    taken = min(max(float(given), low), high) if rule.clamps else within(float(given), low, high)
    if taken is None:
        raise RefusedError(f"{message.address}: {given:g} is out of range; allowed is {rule.low:g} to {rule.high:g}")
    return (taken - rule.low) / (rule.high - rule.low)


def _pattern(source: str) -> re.Pattern[str]:
    """A regular expression for one address; a capture stays within its part, so matching takes no time."""
    parts = CAPTURE.split(source.casefold())
    for index in range(0, len(parts), 2):
        parts[index] = re.escape(parts[index])
    for index in range(1, len(parts), 2):
        parts[index] = f"(?P<{parts[index]}>[^/]+?)"
    return re.compile("".join(parts))
