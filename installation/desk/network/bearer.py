"""The token that a program shows with a request."""

from __future__ import annotations


def bearer_token(authorization: str) -> str:
    """The token of an `Authorization` header; empty where there is none."""
    kind, _, token = authorization.strip().partition(" ")
    return token.strip() if kind.casefold() == "bearer" else ""
