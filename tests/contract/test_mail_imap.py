"""Reading a mailbox on a real IMAP server: nothing is lost and nothing taken twice, wherever the line is cut."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event
from typing import Any

import pytest

from integrations.mail_imap import MailboxReader, MailboxUrl
from tests.contract.imap_server import PASSWORD, USER, Wire, client, imap_server
from tests.contract.mail_keeper import Keeper
from triage.ports import Accept, NotKept

MAIL = b"From: dora@acme.example\r\nTo: oncall@vendor.example\r\nSubject: number %d\r\n\r\nIt is down.\r\n"


@pytest.fixture
def port() -> Iterator[int]:
    with imap_server() as port:
        yield port


def put(port: int, *numbers: int, size: int = 0) -> None:
    with client(port) as mailbox:
        for number in numbers:
            mailbox.append("INBOX", MAIL % number + b"x" * size)


@contextmanager
def reading(port: int, keeper: Accept, most_bytes: int = 100_000, **options: Any) -> Iterator[MailboxReader]:
    password = PASSWORD.replace(" ", "%20")
    url = f"imap://{USER}:{password}@127.0.0.1:{port}/INBOX{options.pop('query', '')}"
    reader = MailboxReader(url, keeper, most_bytes=most_bytes, pause=options.pop("pause", None), **options)
    reader.start()
    try:
        yield reader
    finally:
        reader.stop()


def subjects(keeper: Keeper) -> list[bytes]:
    return sorted(raw.split(b"Subject: ")[1].split(b"\r\n")[0] for _, raw in keeper.kept.values())


def test_what_is_there_and_what_comes_is_taken_once(port: int) -> None:
    keeper = Keeper()
    put(port, 1, 2)
    with reading(port, keeper):
        keeper.wait_for_count(2)
        put(port, 3)  # while it waits in IDLE
        keeper.wait_for_count(3)
    with reading(port, keeper):  # a new start takes nothing again
        put(port, 4)
        keeper.wait_for_count(4)
    assert subjects(keeper) == [b"number 1", b"number 2", b"number 3", b"number 4"]
    assert keeper.calls == 4


def test_a_message_is_marked_only_once_it_is_kept(port: int) -> None:
    keeper = Keeper()
    keeper.fail(2)
    put(port, 1)
    with reading(port, keeper, poll=0.2):
        keeper.wait_for_count(1)
    assert keeper.calls == 3


def test_a_bug_of_ours_ends_no_reading(port: int) -> None:
    keeper = Keeper()
    keeper.fail(1, RuntimeError("a bug"))
    put(port, 1, 2)
    with reading(port, keeper, pause=lambda _: False):
        keeper.wait_for_count(2)


@pytest.mark.parametrize("error", [NotKept("of all mails, this one"), RuntimeError("a bug")])
def test_a_message_that_can_never_be_kept_holds_up_nothing_behind_it(port: int, error: Exception) -> None:
    keeper = Keeper()

    def accept(envelope: Any, raw: bytes) -> None:
        if b"number 1\r" in raw:
            raise error
        keeper(envelope, raw)

    put(port, 1, 2, 3)
    with reading(port, accept, poll=0.2, pause=lambda _: False):
        keeper.wait_for_count(2)
    assert subjects(keeper) == [b"number 2", b"number 3"]


def test_what_is_kept_can_be_moved_away(port: int) -> None:
    keeper = Keeper()
    with client(port) as mailbox:
        mailbox.create_folder("Kept")
    put(port, 1)
    with reading(port, keeper, query="?done=Kept"):
        keeper.wait_for_count(1)
        put(port, 2)
        keeper.wait_for_count(2)
    with client(port) as mailbox:
        mailbox.select_folder("Kept")
        assert len(mailbox.search()) == 2
        mailbox.select_folder("INBOX")
        assert mailbox.search() == []


@pytest.mark.parametrize("after", [0, 1, 40, 400])
def test_a_line_that_is_cut_in_fetch_loses_nothing(port: int, after: int) -> None:
    keeper, wire = Keeper(), Wire(port, cut_on=b"BODY[]", after=after)
    put(port, *range(1, 6), size=2_000)
    with reading(wire.port, keeper, pause=lambda _: False):
        keeper.wait_for_count(5)
    wire.close()
    assert wire.cuts == 1
    assert keeper.calls == 5


def test_a_line_that_is_cut_in_idle_loses_nothing(port: int) -> None:
    keeper, wire = Keeper(), Wire(port)
    put(port, 1)
    with reading(wire.port, keeper, pause=lambda _: False):
        keeper.wait_for_count(1)
        for number in range(2, 6):
            wire.wait_until(
                "it waits in IDLE", lambda: wire.said.rstrip().endswith(b"+ Idling.") or b"+ " in wire.said[-40:]
            )
            wire.cut()
            put(port, number)
            keeper.wait_for_count(number)
    wire.close()
    assert keeper.calls == 5


def test_a_line_that_is_cut_before_the_mark_hands_it_over_again_and_keeps_it_once(port: int) -> None:
    """The mark was on its way: the message comes a second time, and is the same."""
    keeper, wire = Keeper(), Wire(port)

    def cut_once(*_: object) -> bool:
        return False

    def accept(envelope: Any, raw: bytes) -> None:
        if keeper.calls == 0:
            wire.cut()
        keeper(envelope, raw)

    put(port, 1)
    url = f"imap://{USER}:{PASSWORD.replace(' ', '%20')}@127.0.0.1:{wire.port}/INBOX"
    reader = MailboxReader(url, accept, most_bytes=100_000, pause=cut_once)
    reader.start()
    keeper.wait_for(lambda: keeper.calls >= 2, "it is handed over again")
    reader.stop()
    wire.close()
    assert len(keeper.kept) == 1


def test_answers_in_pieces_are_read(port: int) -> None:
    keeper, wire = Keeper(), Wire(port, split=True)
    with reading(wire.port, keeper, pause=lambda _: False):
        put(port, 1)
        keeper.wait_for_count(1)
    wire.close()


def test_a_server_that_falls_silent_is_left_and_called_again(port: int) -> None:
    keeper, wire = Keeper(), Wire(port)
    put(port, 1)
    with reading(wire.port, keeper, answer=0.5, poll=0.2, pause=lambda _: False):
        keeper.wait_for_count(1)
        wire.deaf = True
        calls = wire.connections
        put(port, 2)
        wire.wait_until("it calls again", lambda: wire.connections > calls)
        wire.deaf = False
        keeper.wait_for_count(2)
    wire.close()


def test_a_message_that_is_too_large_is_read_as_far_as_that_and_holds_up_nothing(port: int) -> None:
    keeper = Keeper()
    put(port, 1, size=5_000)
    put(port, 2)
    with reading(port, keeper, most_bytes=1_000):
        keeper.wait_for_count(2)
    assert sorted(len(raw) for _, raw in keeper.kept.values())[-1] == 1_000


def test_a_wrong_password_is_tried_again_with_longer_pauses(port: int) -> None:
    waits, enough = list[float](), Event()

    def pause(seconds: float) -> bool:
        waits.append(seconds)
        if len(waits) == 6:
            enough.set()
        return len(waits) >= 6

    reader = MailboxReader(f"imap://{USER}:wrong@127.0.0.1:{port}/INBOX", Keeper(), most_bytes=1, pause=pause)
    reader.start()
    assert enough.wait(30)
    reader.stop()
    assert waits[-1] > waits[0]


@pytest.mark.parametrize(
    "url",
    [
        "http://user:secret@mail.vendor.example/INBOX",
        "imap://user:secret@mail.vendor.example/INBOX",  # without TLS
        "imaps:///INBOX",
        "imaps://user:secret@mail.vendor.example/INBOX?delete=1",
    ],
)
def test_an_address_that_cannot_be_used_is_refused_without_its_secret(url: str) -> None:
    with pytest.raises(ValueError, match=r"imap") as caught:
        MailboxUrl.read(url)
    assert "secret" not in str(caught.value)


def test_a_certificate_that_nobody_vouches_for_is_refused() -> None:
    reader = MailboxReader("imaps://user:x@mail.vendor.example/INBOX", Keeper(), most_bytes=1)
    assert reader._tls.verify_mode is ssl.CERT_REQUIRED
    assert reader._tls.check_hostname
