"""JSON as clients send it: read strictly, because it is shown to others and sent on."""

from __future__ import annotations

import json
from typing import Any

from installation.errors import RefusedError


def read_json(text: str) -> Any:
    """The value of a JSON text.

    Raises RefusedError for what is none, for text with halves of characters, which cannot be sent on, and for what lies
    so deep that it cannot be read. Numbers may be NaN or infinite: whoever takes a number says which.
    """
    try:
        value = json.loads(text)
        json.dumps(value, ensure_ascii=False).encode()
    except (ValueError, RecursionError):  # a character that cannot be encoded is a ValueError
        raise RefusedError("this is not JSON that can be passed on", "malformed") from None
    return value
