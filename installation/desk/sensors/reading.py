"""The readings of sensors: an address and a number, which the rules of the desk file translate."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Any

Says = Callable[[str, float], object]
"""Takes an address such as `/mqtt/museum/door` and a number, on the sensor's own thread."""

ON, OFF = frozenset({"on", "true", "open", "occupied", "yes"}), frozenset({"off", "false", "closed", "clear", "no"})

MAX_PAYLOAD_BYTES = 4_096


def number_in(payload: bytes, field: str = "") -> float:
    """The number in a payload: as text, as a word such as `on`, or in a field of JSON such as `sensor.distance`.

    Raises ValueError, which says what is wrong.
    """
    if len(payload) > MAX_PAYLOAD_BYTES:
        raise ValueError(f"{len(payload)} bytes; at most {MAX_PAYLOAD_BYTES} are allowed")
    try:
        text = payload.decode().strip()
        said: Any = json.loads(text) if field else text
    except (UnicodeDecodeError, ValueError, RecursionError):
        raise ValueError("it is not JSON in UTF-8" if field else "it is not text in UTF-8") from None
    for name in field.split(".") if field else ():
        if not isinstance(said, dict) or name not in said:
            raise ValueError(f"it has no field {field!r}")
        said = said[name]
    if isinstance(said, str):
        if (word := said.casefold()) in ON | OFF:
            return float(word in ON)
        try:
            said = float(said)
        except ValueError:
            raise ValueError(f"{said[:40]!r} is not a number") from None
    try:
        number = float(said) if isinstance(said, int | float) else math.nan
    except OverflowError:  # JSON's integers are unlimited
        number = math.inf
    if not math.isfinite(number):
        raise ValueError(f"{said!r:.40} is not a number")
    return number
