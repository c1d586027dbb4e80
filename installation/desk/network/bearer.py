"""The token that a program sends with a request."""

from __future__ import annotations


def bearer_token(authorization: str) -> str:
    """The bearer token of an `Authorization` header; empty if there is none."""
    kind, _, token = authorization.strip().partition(" ")
    return token.strip() if kind.casefold() == "bearer" else ""
