"""The real service takes mail over SMTP: what it has answered 250 to pages, whenever it is killed."""

from __future__ import annotations

import smtplib
from pathlib import Path

import pytest

from tests.chaos.mail_service import mail_house
from tests.chaos.service import PageSink

ROUNDS = 4


@pytest.mark.timeout(300)
def test_what_was_answered_250_pages_though_the_service_is_killed_at_once(tmp_path: Path) -> None:
    sink = PageSink(seed=1)
    with mail_house(f"sqlite:///{tmp_path}/triage.db", tmp_path, sink) as house:
        for number in range(ROUNDS):
            with house.service():
                house.send(house.mail(number))  # and kill -9
        with house.service():
            assert sink.wait_for_keys(ROUNDS, 60)
            session = smtplib.SMTP("127.0.0.1", house.port, timeout=30)
            with session, pytest.raises(smtplib.SMTPRecipientsRefused):
                session.sendmail("dora@acme.example", ["someone@elsewhere.example"], b"x")
    told = set(sink.subjects.values())
    assert {f"outage {number}" for number in range(ROUNDS)} == {one.rpartition(": ")[2] for one in told}
    assert all(one.startswith("P0 M-") for one in told)
    sink.close()
