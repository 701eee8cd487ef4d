"""What every source of a schedule must do, over real local servers: give turns, or say why not, and never hang."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

import pytest

from integrations.http import Getter
from integrations.ical_inbound import IcalFile, IcalUrl
from integrations.pagerduty_oncalls import PagerDutyOnCalls
from tests.contract.gateway_server import (
    Act,
    Connection,
    LocalServer,
    answer,
    drip,
    hang,
    http,
    reset,
    say,
    unused_port,
)
from triage.domain.schedule_source import Source, SourceKind, Turn
from triage.ports import ScheduleSource, SourceError

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
START, END = NOW - timedelta(days=31), NOW + timedelta(days=90)
SECRET = "s3cr3t-t0ken"
LOOPBACK = frozenset({"127.0.0.1"})
PEOPLE = {"ana@vendor.example": "ana", "ben@vendor.example": "ben"}


def now() -> datetime:
    return NOW


def week(number: int) -> datetime:
    return datetime(2026, 11, 23, 8, tzinfo=UTC) + number * timedelta(weeks=1)


#: Who has which week, as the sources tell it: the last one is outside of what is asked for.
TOLD = [
    (week(0), week(1), "ana@vendor.example"),
    (week(1), week(2), "ben@vendor.example"),
    (week(40), week(41), "cy"),
]


def calendar() -> bytes:
    events = "".join(
        f"BEGIN:VEVENT\r\nUID:{name}\r\nSUMMARY:On call\r\nDTSTART:{start:%Y%m%dT%H%M%SZ}\r\n"
        f"DTEND:{end:%Y%m%dT%H%M%SZ}\r\nATTENDEE:mailto:{name}\r\nEND:VEVENT\r\n"
        for start, end, name in TOLD
    )
    return f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:test\r\n{events}END:VCALENDAR\r\n".encode()


def entry(
    start: datetime | None, end: datetime | None, name: str, level: int = 1, schedule: str = "PI7DH85"
) -> object:
    return {
        "user": {"id": f"P{name[:3].upper()}", "type": "user", "summary": name.title(), "email": name},
        "schedule": {"id": schedule, "type": "schedule_reference"},
        "escalation_policy": {"id": f"POLICY{level}"},
        "escalation_level": level,
        "start": start and start.astimezone(BERLIN).isoformat(),
        "end": end and end.astimezone(BERLIN).isoformat(),
    }


def oncalls(*entries: object, more: bool = False) -> bytes:
    return json.dumps({"oncalls": entries, "limit": 100, "offset": 0, "more": more, "total": None}).encode()


@dataclass(frozen=True)
class Rig:
    """A source behind HTTP, and what it says on a good day."""

    name: str
    make: Callable[[Getter], ScheduleSource]
    source: Callable[[int], Source]
    good: bytes


RIGS = [
    Rig(
        "ical",
        lambda getter: IcalUrl(getter, now),
        lambda port: Source(SourceKind.ICAL, f"http://127.0.0.1:{port}/{SECRET}.ics", PEOPLE),
        calendar(),
    ),
    Rig(
        "pagerduty",
        lambda getter: PagerDutyOnCalls(getter, now),
        lambda port: Source(
            SourceKind.PAGERDUTY, f"http://127.0.0.1:{port}", PEOPLE, schedule="PI7DH85", token=SECRET
        ),
        oncalls(*(entry(*told) for told in TOLD)),
    ),
]
rigs = pytest.mark.parametrize("rig", RIGS, ids=lambda rig: rig.name)


def fetch(rig: Rig, port: int, deadline: float = 20, hosts: frozenset[str] = LOOPBACK) -> Sequence[Turn]:
    reader = rig.make(Getter(deadline=deadline, allowed_hosts=hosts))
    return reader.fetch_turns(rig.source(port), BERLIN, START, END)


def expect_weeks(turns: Sequence[Turn]) -> None:
    assert [(turn.start, turn.end) for turn in turns] == [(week(0), week(1)), (week(1), week(2))]
    for turn, name in zip(turns, PEOPLE, strict=True):
        assert name in turn.names


@rigs
def test_it_gives_the_turns_of_the_time_that_is_asked_for(rig: Rig) -> None:
    with LocalServer(http(say(answer(200, body=rig.good)))) as server:
        expect_weeks(fetch(rig, server.port))


def test_a_file_does_too(tmp_path: Path) -> None:
    (tmp_path / "rota.ics").write_bytes(calendar())
    source = Source(SourceKind.ICAL_FILE, "rota.ics", PEOPLE)
    expect_weeks(IcalFile(tmp_path).fetch_turns(source, BERLIN, START, END))


@rigs
@pytest.mark.parametrize(
    ("act", "told"),
    [
        (hang, "no answer within"),
        (drip(b"HTTP/1.1 200 OK\r\nX: y\r\n"), "no answer within"),
        (reset(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\nBEGIN:VCALENDAR\r\n"), ""),
        (say(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\nConnection: close\r\n\r\nBEGIN:VCALENDAR\r\n"), ""),
        (say(b"220 mail.example.com\r\n"), ""),
        (say(answer(500)), "answered 500"),
        (say(answer(404)), "answered 404"),
        (say(answer(401)), "answered 401"),
        (say(answer(302, {"Location": "/elsewhere"})), "redirects are not followed"),
        (say(answer(200, body=b"")), ""),
        (say(answer(200, body=b"<html>Sign in</html>")), ""),
        (say(answer(200, body=b"[" * 100_000)), ""),
        (say(answer(200, body=b"[]")), ""),
        (say(answer(200, body=b"x" * (2 * 1024 * 1024 + 1))), "more than 2,097,152 bytes"),
    ],
)
def test_whatever_goes_wrong_is_said_without_the_secret(rig: Rig, act: Act, told: str) -> None:
    with LocalServer(http(act)) as server, pytest.raises(SourceError) as refused:
        fetch(rig, server.port, deadline=1)
    assert told in refused.value.reason
    assert SECRET not in refused.value.reason
    assert len(refused.value.reason) < 400


@rigs
def test_nobody_listens(rig: Rig) -> None:
    with pytest.raises(SourceError, match="refused"):
        fetch(rig, unused_port())


@rigs
def test_a_source_that_is_asked_too_often_says_when_to_come_again(rig: Rig) -> None:
    with LocalServer(http(say(answer(429, {"Retry-After": "90"})))) as server, pytest.raises(SourceError) as refused:
        fetch(rig, server.port)
    assert refused.value.after == timedelta(seconds=90)


@rigs
def test_only_public_addresses_over_https_are_asked_unless_the_host_is_allowed(rig: Rig) -> None:
    with LocalServer(http(say(answer(200, body=rig.good)))) as server:
        with pytest.raises(SourceError, match="may only be called over https"):
            fetch(rig, server.port, hosts=frozenset())
        assert server.requests == []


@rigs
def test_a_redirect_is_not_followed(rig: Rig) -> None:
    with LocalServer(http(say(answer(200, body=rig.good)))) as other:
        moved = answer(301, {"Location": f"http://127.0.0.1:{other.port}/"})
        with LocalServer(http(say(moved))) as server, pytest.raises(SourceError):
            fetch(rig, server.port)
        assert other.requests == []


# PagerDuty's own


def pages(*bodies: bytes) -> Act:
    """Answers one page after the other, by the offset that is asked for."""

    def act(connection: Connection) -> None:
        asked = parse_qs(urlsplit(connection.server.requests[-1].target).query)
        connection.send(answer(200, body=bodies[int(asked["offset"][0]) // 100]))

    return act


def test_pagerduty_is_asked_as_its_documents_say() -> None:
    with LocalServer(http(say(answer(200, body=RIGS[1].good)))) as server:
        fetch(RIGS[1], server.port)
        (request,) = server.requests
    assert request.headers["authorization"] == f"Token token={SECRET}"
    assert request.headers["accept"] == "application/vnd.pagerduty+json;version=2"
    parts = urlsplit(request.target)
    assert parts.path == "/oncalls"
    assert parse_qs(parts.query) == {
        "schedule_ids[]": ["PI7DH85"],
        "include[]": ["users"],
        "since": ["2026-10-23T09:00:00Z"],
        "until": ["2027-02-21T09:00:00Z"],
        "time_zone": ["UTC"],
        "limit": ["100"],
        "offset": ["0"],
    }


def test_pagerduty_turns_come_page_by_page_once_for_all_policies_and_for_the_schedule_only() -> None:
    direct = {**entry(None, None, "boss"), "schedule": None}  # type: ignore[dict-item]
    first = oncalls(entry(*TOLD[0], level=1), entry(*TOLD[0], level=2), direct, more=True)
    second = oncalls(entry(*TOLD[1]), entry(*TOLD[1], schedule="POTHER"))
    with LocalServer(http(pages(first, second))) as server:
        expect_weeks(fetch(RIGS[1], server.port))
        assert len(server.requests) == 2


def test_a_pagerduty_user_who_does_not_go_off_call_has_all_the_time() -> None:
    with LocalServer(http(say(answer(200, body=oncalls(entry(None, None, "ana@vendor.example")))))) as server:
        (turn,) = fetch(RIGS[1], server.port)
    assert (turn.start, turn.end) == (START, END)
    assert turn.names == ("PANA", "ana@vendor.example", "Ana@Vendor.Example")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"user": None}, "without a user"),
        ({"start": "soon"}, "cannot be read: 'soon'"),
        ({"start": "2026-11-23T09:00:00"}, "without an offset"),
        ({"start": 7}, "cannot be read"),
        ({"start": "2027-01-01T00:00:00Z"}, "ends before it starts"),
    ],
)
def test_a_pagerduty_entry_that_makes_no_sense_is_refused(change: dict[str, object], told: str) -> None:
    body = oncalls({**entry(*TOLD[0]), **change})  # type: ignore[dict-item]
    with LocalServer(http(say(answer(200, body=body)))) as server, pytest.raises(SourceError, match=told):
        fetch(RIGS[1], server.port)


def test_pagerduty_that_never_ends_is_cut_off() -> None:
    endless = http(say(answer(200, body=oncalls(more=True))))
    with LocalServer(endless) as server, pytest.raises(SourceError, match="more than 5,000"):
        fetch(RIGS[1], server.port)
