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
"""`any` fires on every message that is not a release; `edge` when a fader or button rises past its midpoint."""

CAPTURE = re.compile(r"\{([a-z]+)\}")

MAX_EDGES = 4_096
"""The most buttons whose last position the map remembers."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of a desk file.

    `source` may have captures such as `{cue}`, each for one part of the address; `target` may use them.
    `low` and `high` are the console's values at the two ends; None means that its values need no scaling. On a press,
    `value` replaces the console's value. `fade_seconds` applies if the console sends no fade. `clamps` limits a value
    beyond the ends to the nearer end.
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
    """Applies the rules of a desk file to each incoming message, and after them the sensor inputs of the score."""

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
        """Replaces the sensor inputs by those of this score."""
        self._inputs = {
            one.osc.address.casefold(): Rule(one.osc.address, f"/p/{one.name}", one.osc.low, one.osc.high, clamps=True)
            for one in score.parameters
            if one.osc is not None
        }

    def translate(self, message: OscMessage) -> OscMessage | None:
        """The message under our address; unchanged if no rule matches, None if a button did not pass its edge.

        Raises RefusedError for a value outside the rule's range.
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
        """The rule that matches an address, if any."""
        return self._find(address.casefold())[0]

    def _find(self, address: str) -> tuple[Rule | None, dict[str, str]]:
        rule = self._exact.get(address)
        if rule is None:
            for pattern, candidate in self._captures:
                if match := pattern.fullmatch(address):
                    return candidate, match.groupdict()
        return rule or self._inputs.get(address), {}

    def _passes_edge(self, rule: Rule, message: OscMessage) -> bool:
        """Whether this message presses the button; a message without arguments always does."""
        if not message.arguments:
            return True
        pressed = _share(rule, message) >= 0.5
        before = self._pressed.pop(message.address, False)
        if len(self._pressed) >= MAX_EDGES:
            self._pressed.popitem(last=False)
        self._pressed[message.address] = pressed
        return pressed and not before


def _share(rule: Rule, message: OscMessage) -> float:
    """The value as a fraction of the rule's range, 0 to 1; without a range, the value itself."""
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
    """A regular expression for one address; a capture stays within its part, so matching is fast."""
    parts = CAPTURE.split(source.casefold())
    for index in range(0, len(parts), 2):
        parts[index] = re.escape(parts[index])
    for index in range(1, len(parts), 2):
        parts[index] = f"(?P<{parts[index]}>[^/]+?)"
    return re.compile("".join(parts))
