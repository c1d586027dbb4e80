"""Reads JSON of clients strictly, because the desk shows it to others and passes it on."""

from __future__ import annotations

import json
from typing import Any

from installation.errors import RefusedError


def read_json(text: str) -> Any:
    """The value of a JSON text.

    Raises RefusedError for other text, for lone surrogates, which cannot be encoded, and for values that are nested too
    deeply. Numbers may be NaN or infinite: the caller must check numbers.
    """
    try:
        value = json.loads(text)
        json.dumps(value, ensure_ascii=False).encode()
    except (ValueError, RecursionError):  # a character that cannot be encoded is a ValueError
        raise RefusedError("this is not JSON that can be passed on", "malformed") from None
    return value
