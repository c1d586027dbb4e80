"""Why the desk did not take something: a short reason that is counted, and a sentence for whoever sent it."""

from __future__ import annotations

from typing import Literal

Reason = Literal[
    "malformed",
    "framing",
    "oversized",
    "unknown address",
    "wrong type",
    "out of range",
    "not finite",
    "not allowed",
    "no passcode",
    "too fast",
    "queue full",
    "too far ahead",
    "double GO",
]
"""One counter each, in the report, in feedback and on the console page."""


class RefusedError(Exception):
    """Something that was received and is not going to be applied. It never reaches the show; it is counted."""

    def __init__(self, reason: Reason, sentence: str) -> None:
        super().__init__(sentence)
        self.reason: Reason = reason
