"""The three ways in agree: the same real message is the same mail, whichever way it comes."""

from __future__ import annotations

import re
import smtplib

from flask import Flask

from integrations.mail_imap import MailboxReader
from integrations.mail_smtp import MailListener
from tests.contract.imap_server import PASSWORD, USER, client, imap_server
from tests.contract.mail_keeper import Keeper
from tests.real_mails import RealMail, real_mails
from triage.domain.mail_content import delivery_id
from triage.web import mail_webhooks


def by_http(mails: list[RealMail], keeper: Keeper) -> None:
    app = Flask(__name__)
    app.register_blueprint(mail_webhooks.blueprint(keeper, "a-token", [], 10**7))
    browser = app.test_client()
    for mail in mails:
        answer = browser.post("/webhooks/mail", data=mail.raw, headers={"Authorization": "Bearer a-token"})
        assert answer.status_code == 202, mail.name


def by_smtp(mails: list[RealMail], keeper: Keeper) -> None:
    listener = MailListener("127.0.0.1", 0, keeper, lambda _: True, most_bytes=10**7, hostname="vendor.example")
    with smtplib.SMTP("127.0.0.1", listener.start(), timeout=60) as session:
        for number, mail in enumerate(mails):
            if number and number % 100 == 0:  # a server's next connection
                session.quit()
                session.connect("127.0.0.1", listener.port)
            lines = re.sub(rb"\r\n|\r|\n", b"\r\n", mail.raw)  # as every client has to send them
            session.sendmail("someone@elsewhere.example", ["oncall@vendor.example"], lines)
    listener.stop()


def by_imap(mails: list[RealMail], keeper: Keeper) -> None:
    with imap_server() as port:
        with client(port) as mailbox:
            for mail in mails:
                mailbox.append("INBOX", mail.raw)
        url = f"imap://{USER}:{PASSWORD.replace(' ', '%20')}@127.0.0.1:{port}/INBOX"
        reader = MailboxReader(url, keeper, most_bytes=10**7)
        reader.start()
        keeper.wait_for(lambda: keeper.calls >= len(mails), "the whole mailbox is read")
        reader.stop()


def test_the_real_messages_are_the_same_mail_by_every_way() -> None:
    mails = real_mails()
    expected = {delivery_id(mail.raw) for mail in mails}
    for way in (by_http, by_smtp, by_imap):
        keeper = Keeper()
        way(mails, keeper)
        assert keeper.calls == len(mails), way.__name__
        assert set(keeper.kept) == expected, [mail.name for mail in mails if delivery_id(mail.raw) not in keeper.kept]
        for _, raw in keeper.kept.values():  # only line ends may differ
            assert delivery_id(re.sub(rb"\r\n|\r|\n", b"\n", raw)) in expected
