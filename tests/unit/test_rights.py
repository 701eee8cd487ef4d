"""Roles, passwords, and how long wrong ones keep an account shut."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.domain.rights import (
    FIRST_WAIT,
    FREE_TRIES,
    LONGEST_WAIT,
    SHORTEST_PASSWORD,
    Role,
    fault_of_password,
    wait_after,
)

ROLE = st.sampled_from(Role)


@given(ROLE, ROLE, ROLE)
def test_each_role_may_do_what_the_ones_before_it_may(one: Role, other: Role, third: Role) -> None:
    assert one.covers(one)
    assert one.covers(other) or other.covers(one)
    assert not (one.covers(other) and other.covers(third)) or one.covers(third)
    assert (one.covers(other) and other.covers(one)) == (one is other)


def test_an_admin_may_do_everything_and_a_viewer_least() -> None:
    assert [role for role in Role if role.covers(Role.LEAD)] == [Role.LEAD, Role.ADMIN]
    assert [role for role in Role if Role.VIEWER.covers(role)] == [Role.VIEWER]


@given(st.integers(0, 10_000))
def test_more_wrong_passwords_never_wait_less(failures: int) -> None:
    assert timedelta() <= wait_after(failures) <= wait_after(failures + 1) <= LONGEST_WAIT


def test_mistyping_costs_nothing_and_guessing_more_and_more() -> None:
    assert wait_after(FREE_TRIES - 1) == timedelta()
    assert [wait_after(FREE_TRIES + more) for more in range(3)] == [FIRST_WAIT, FIRST_WAIT * 2, FIRST_WAIT * 4]
    assert wait_after(10**9) == LONGEST_WAIT


@pytest.mark.parametrize(
    "password",
    ["", "short", "x" * (SHORTEST_PASSWORD - 1), "abababababababab", "ana-ana-ana-1", "x" * 300 + "abcdef"],
)
def test_what_others_would_guess_will_not_do(password: str) -> None:
    assert fault_of_password(password, "ana-ana-ana")


@pytest.mark.parametrize("password", ["correct horse battery", "Überschwänglich!", "ana likes long walks by the sea"])
def test_a_few_words_of_ones_own_will_do(password: str) -> None:
    assert fault_of_password(password, "ana") is None
