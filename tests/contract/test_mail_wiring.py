"""What the environment asks for and cannot be had is said with the variable's name, and nothing starts."""

from __future__ import annotations

import socket

import pytest

import app as wiring
from tests.mail_scene import Scene, scene_over
from triage import settings
from triage.cli import Refused
from triage.store.db import Database


@pytest.fixture
def post(database: Database) -> Scene:
    return scene_over(database)


def start(post: Scene, only: str | None = None, **variables: str) -> None:
    env = settings.read({f"TRIAGE_{name}": value for name, value in variables.items()})
    wiring.create_mail_providers(env)
    with wiring.mail_ways(env, post.story.context, lambda: None, only):
        pass


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({"IMAP_URL": "imap://user:secret@mail.example/INBOX"}, "TRIAGE_IMAP_URL: a password is sent over TLS only"),
        ({"SENDGRID_PUBLIC_KEY": "abc"}, "TRIAGE_SENDGRID_PUBLIC_KEY: is no public key"),
        ({"SMTP_LISTEN": "127.0.0.1:0", "SMTP_CERTIFICATE": "/nowhere.pem"}, "TRIAGE_SMTP_CERTIFICATE"),
    ],
)
def test_a_wrong_variable_is_named_without_its_secret(post: Scene, variables: dict[str, str], words: str) -> None:
    with pytest.raises(Refused, match=words) as caught:
        start(post, **variables)
    assert "secret" not in caught.value.message


def test_a_port_that_is_taken_is_named(post: Scene) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(Refused, match="TRIAGE_SMTP_LISTEN"):
            start(post, SMTP_LISTEN=address)
        start(post, "worker", SMTP_LISTEN=address)  # workers leave it to the web process


def test_every_way_is_open_only_where_it_is_asked_for(post: Scene) -> None:
    start(post)
    start(post, SMTP_LISTEN="127.0.0.1:0")
    env = settings.read({"TRIAGE_MAILGUN_SIGNING_KEY": "k", "TRIAGE_POSTMARK_PASSWORD": "p", "TRIAGE_SES_TOPIC": "t"})
    assert [provider.name for provider in wiring.create_mail_providers(env)] == ["mailgun", "postmark", "ses"]
