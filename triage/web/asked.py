"""What addresses and forms ask for: numbers, pages of lists, rows; what is not there is said to be not there."""

from __future__ import annotations

from typing import TypeVar

from flask import abort, request

T = TypeVar("T")

#: A number that a database can hold; a greater one in an address is simply not found.
ID = f"int(max={2**63 - 1})"
#: How far lists can be turned.
LAST_PAGE = 9999


def page_number() -> int:
    """Which page of a list is asked for, counted from 0."""
    return min(max(0, request.args.get("page", 0, type=int)), LAST_PAGE)


def found(row: T | None, what: str, number: int) -> T:
    """What was looked up; 404 if there is none."""
    if row is None:
        abort(404, f"There is no {what} {number}.")
    return row


def bearer_token() -> str:
    """What the request brings as a bearer token; empty without one."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.casefold() == "bearer" else ""
