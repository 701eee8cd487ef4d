"""What the engine relies on, on each kind of database."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Barrier, Thread

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from tests.scenario.harness import Story
from tests.scenario.test_customer_pages import ask, files, opened, over
from triage import documents
from triage.documents import ConfigurationError
from triage.engine import configure
from triage.engine.configure import Configurations, NotConfigured
from triage.store import inbox, outbox, people, timers, versions
from triage.store.db import Database, alembic_config
from triage.store.outbox import OutboxKind, OutboxState
from triage.store.tables import audit, texts
from triage.store.timers import TimerKind

NOW = datetime(2026, 11, 23, 9, 0, 0, 123456, UTC)
LEASE = timedelta(seconds=10)
CONFIG = Path(__file__).parents[2] / "config"


def put(database: Database, key: str = "k", due: datetime = NOW) -> None:
    with database.write() as conn:
        outbox.put(
            conn,
            kind=OutboxKind.PAGE,
            key=key,
            person="ana",
            method=0,
            gateway="console",
            address="",
            subject="s\x00",
            body="b\x00",
            deadline_at=NOW + timedelta(minutes=5),
            now=due,
            observed=False,
        )


def test_the_migrations_lead_to_the_tables(database: Database) -> None:
    with database.write() as conn:
        config = alembic_config()
        config.attributes["connection"] = conn
        command.check(config)
    assert database.schema_is_current()


def test_the_migrations_can_be_taken_back_and_run_again(database: Database) -> None:
    for step, target in ((command.downgrade, "base"), (command.upgrade, "head")):
        migrate(database, step, target)
    assert database.schema_is_current()


def migrate(database: Database, step: Callable[[Config, str], None], target: str) -> None:
    with database.schema_change() as conn:
        config = alembic_config()
        config.attributes["connection"] = conn
        step(config, target)


def test_rows_that_refer_to_each_other_live_through_the_migrations(database: Database) -> None:
    """As in a database that an older release has filled: SQLite makes tables anew that others refer to."""
    at, place = "2026-01-01 00:00:00", {"round": 0, "step": 0}
    page = {**place, "id": "p", "incident_id": 1, "person": "ana", "state": "open", "reason": ""}
    words = dict.fromkeys(("address", "subject", "body"), "")
    message = {**words, "kind": "page", "page_id": "p", "ticket_id": 1, "person": "ana", "method": 0, "key": "k"}
    rows: dict[str, dict[str, object]] = {
        "tickets": {"source": "jira", "instance": "j", "external_id": "1", "key": "A-1", "received_at": at},
        "incidents": {**place, "state": "triggered", "policy": "p", "config_version": 1, "observed": False}
        | dict.fromkeys(("triggered_at", "active_since"), at),
        "incident_tickets": {"incident_id": 1, "ticket_id": 1, "cause": "c", "joined_at": at},
        "pages": {**page, "paged_at": at, "deadline_at": at},
        "outbox": {**message, "gateway": "console", "state": "pending"}
        | dict.fromkeys(("created_at", "deadline_at", "due_at"), at),
    }
    migrate(database, command.downgrade, "base")
    migrate(database, command.upgrade, "0001")
    with database.write() as conn:
        for table, row in rows.items():
            names = ", ".join(row)
            values = ", ".join(f":{name}" for name in row)
            conn.execute(sa.text(f"INSERT INTO {table} ({names}) VALUES ({values})"), row)
    database.upgrade()
    assert held_together(database)
    migrate(database, command.downgrade, "0001")
    assert held_together(database)


def held_together(database: Database) -> bool:
    """Whether the message still leads to its page, that to its incident, and that to its ticket."""
    joined = "outbox JOIN pages ON pages.id = page_id JOIN incidents ON incidents.id = pages.incident_id"
    more = "JOIN incident_tickets ON incident_tickets.incident_id = incidents.id"
    with database.read() as conn:
        return conn.scalar(sa.text(f"SELECT count(*) FROM {joined} {more}")) == 1


def test_taking_customer_pages_back_leaves_the_pages_of_incidents(database: Database) -> None:
    story = over(database, files())
    opened(story, priority="P0", production="yes", workaround="none")
    ask(story)
    migrate(database, command.downgrade, "0008-1")
    with database.read() as conn:
        assert conn.execute(sa.text("SELECT person FROM pages")).scalars().all() == ["ana"]
    database.upgrade()
    assert [page["person"] for page in story.pages()] == ["ana"]
    assert ask(story) == 1


def test_a_migration_that_leaves_a_row_without_what_it_refers_to_changes_nothing(database: Database) -> None:
    story = Story(database)
    story.created(priority="P0")
    with pytest.raises((RuntimeError, sa.exc.IntegrityError)), database.schema_change() as conn:
        conn.execute(sa.text("DELETE FROM incidents"))
    assert story.incident() is not None
    with pytest.raises(sa.exc.IntegrityError), database.write() as conn:
        conn.execute(sa.text("DELETE FROM incidents"))  # references are looked at again


def test_an_instant_comes_back_as_it_was_and_a_naive_one_is_refused(database: Database) -> None:
    with database.write() as conn:
        timers.arm(conn, TimerKind.DEADLINE, 1, NOW.astimezone(UTC))
    with database.read() as conn:
        assert timers.next_due(conn) == NOW
    with pytest.raises(sa.exc.StatementError, match="naive"), database.write() as conn:
        timers.arm(conn, TimerKind.DEADLINE, 1, NOW.replace(tzinfo=None))


def test_a_transaction_that_raises_leaves_nothing(database: Database) -> None:
    with pytest.raises(RuntimeError), database.write() as conn:
        inbox.receive(conn, "jira", "d", b"x", NOW)
        raise RuntimeError
    with database.read() as conn:
        assert not inbox.is_due(conn, ("jira",), NOW)


def test_reading_changes_nothing_on_sqlite(database: Database) -> None:
    if not database.is_sqlite:
        pytest.skip("PostgreSQL reads over the same engine")
    with pytest.raises(sa.exc.OperationalError), database.read() as conn:
        inbox.receive(conn, "jira", "d", b"x", NOW)


def test_a_repeat_is_kept_once_whatever_its_source_calls_it(database: Database) -> None:
    with database.write() as conn:
        kept = [inbox.receive(conn, source, "d", b"x", NOW) for source in ("jira", "jira", "mail")]
    assert kept == [True, False, True]


def test_what_is_leased_is_hidden_until_the_lease_ends_and_a_late_worker_settles_nothing(database: Database) -> None:
    put(database)
    with database.write() as conn:
        (first,) = outbox.claim(conn, "console", NOW, LEASE, 5)
        assert outbox.claim(conn, "console", NOW, LEASE, 5) == []
    later = NOW + LEASE
    with database.write() as conn:
        (second,) = outbox.claim(conn, "console", later, LEASE, 5)
    assert (first.key, first.attempts, second.key, second.attempts) == ("k", 1, "k", 2)
    with database.write() as conn:
        assert not outbox.settle(conn, first, OutboxState.REJECTED, "late", later)
        assert outbox.settle(conn, second, OutboxState.DELIVERED, "", later)
        assert not outbox.settle(conn, second, OutboxState.DELIVERED, "", later)


def test_two_workers_never_hold_the_same_row(database: Database) -> None:
    for number in range(40):
        put(database, f"k{number}")
    held: list[list[str]] = [[], []]
    start = Barrier(2)

    def work(mine: list[str]) -> None:
        start.wait()
        while True:
            with database.write() as conn:
                batch = outbox.claim(conn, "console", NOW, LEASE, 3)
            if not batch:
                return
            mine += [delivery.key for delivery in batch]

    threads = [Thread(target=work, args=(mine,)) for mine in held]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    # A worker may see nothing due while the other holds the rest, so the rows are counted, not shared out.
    taken = held[0] + held[1]
    assert sorted(taken) == sorted(f"k{number}" for number in range(40))


def test_rows_are_claimed_in_the_order_in_which_they_fell_due(database: Database) -> None:
    for number in (3, 1, 2):
        put(database, f"k{number}", NOW - timedelta(minutes=number))
    with database.write() as conn:
        assert [delivery.key for delivery in outbox.claim(conn, "console", NOW, LEASE, 5)] == ["k3", "k2", "k1"]


def test_a_timer_is_armed_once_and_the_last_word_counts(database: Database) -> None:
    with database.write() as conn:
        timers.arm(conn, TimerKind.ESCALATE, 7, NOW + timedelta(minutes=5))
        timers.arm(conn, TimerKind.ESCALATE, 7, NOW)
        timers.arm(conn, TimerKind.ESCALATE, 8, NOW + timedelta(seconds=1))
    with database.write() as conn:
        timer = timers.first_due(conn, NOW)
        assert timer is not None
        assert (timer.kind, timer.subject) == (TimerKind.ESCALATE, "7")
        assert timers.take(conn, timer)
        assert not timers.take(conn, timer)
        assert timers.first_due(conn, NOW) is None


def test_a_timer_that_was_moved_in_the_meantime_is_not_taken(database: Database) -> None:
    with database.write() as conn:
        timers.arm(conn, TimerKind.ESCALATE, 7, NOW)
        timer = timers.first_due(conn, NOW)
        assert timer is not None
        timers.arm(conn, TimerKind.ESCALATE, 7, NOW + timedelta(minutes=5))
        assert not timers.take(conn, timer)


def test_many_writers_lose_no_update(database: Database) -> None:
    """Read-modify-write from many threads, the case in which pysqlite's own transactions lost updates."""

    def work() -> None:
        for _ in range(10):
            with database.write() as conn:
                inbox.receive(conn, "jira", "same", b"x", NOW)

    threads = [Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.read() as conn:
        assert conn.scalar(sa.text("SELECT repeats FROM inbox")) == 59


def test_the_configuration_is_a_numbered_version_and_what_was_promised_cannot_change(database: Database) -> None:
    files, configurations = documents.read_folder(CONFIG), Configurations()
    with database.read() as conn, pytest.raises(NotConfigured):
        configurations.current(conn)
    with database.write() as conn:
        assert configure.apply(conn, files, "ana", NOW) == 1
        assert configure.apply(conn, files, "ana", NOW) == 1  # nothing has changed
        files["service.yaml"] += "\n# a remark\n"
        assert configure.apply(conn, files, "ben", NOW) == 2
    for file, old, new in (
        ("contracts.yaml", "P0: 15m", "P0: 30m"),
        ("calendars.yaml", "09:00-15:00", "09:00-16:00"),
    ):
        changed = {**files, file: files[file].replace(old, new)}
        with pytest.raises(ConfigurationError, match="such as gold:v2"), database.write() as conn:
            configure.apply(conn, changed, "ana", NOW)
    with database.read() as conn:
        assert configurations.current(conn).number == 2
        assert versions.load(conn, 2).applied_by == "ben"
        acts = conn.execute(sa.select(audit.c.who, audit.c.act)).all()
    assert [tuple(act) for act in acts] == [
        ("ana", "config.apply"),
        ("ana", "policy.activate"),
        ("ben", "config.apply"),
    ]


def test_a_contract_that_is_no_longer_in_the_documents_still_judges_its_cycles(database: Database) -> None:
    files = documents.read_folder(CONFIG)
    with database.write() as conn:
        configure.apply(conn, files, "ana", NOW)
        renamed = {name: text.replace("gold:v1", "gold:v2") for name, text in files.items()}
        configure.apply(conn, renamed, "ana", NOW)
        assert {"gold:v1", "gold:v2"} <= Configurations().current(conn).contracts.keys()


def test_a_sign_in_link_is_used_once_and_expires(database: Database) -> None:
    with database.write() as conn:
        admin = people.admin(conn, NOW)
        assert people.admin(conn, NOW) == admin
        once, old = people.new_link(conn, admin, NOW), people.new_link(conn, admin, NOW)
        assert people.use_link(conn, once, NOW) == admin
        assert people.use_link(conn, once, NOW) is None
        assert people.use_link(conn, old, NOW + people.LINK_LIFE) is None
        assert people.use_link(conn, "guess", NOW) is None


def test_texts_lie_apart_and_the_facts_stand_without_them(database: Database) -> None:
    story = Story(database)
    story.created("a customer's words", priority="P1", description="more of them")
    with database.write() as conn:
        assert conn.execute(sa.delete(texts)).rowcount == 2
    before = story.clocks()["resolution"]["due_at"]
    story.advance(hours=9)
    assert story.clocks()["resolution"]["due_at"] == before
