"""The console gateway: pages on the terminal, for demos and for running without any provider."""

from __future__ import annotations

from typing import TextIO

from integrations.calls import Calls, Deadline
from integrations.plain import block, one_line
from triage.ports import Delivered, Message, Outcome, Retry

_RULE = "-" * 72


class ConsoleGateway:
    """Prints each page as one block on `stream`.

    One page is printed at a time, and a terminal that is held (Ctrl-S) or a full pipe makes the page late
    after `deadline` seconds instead of stopping the caller.
    """

    def __init__(self, stream: TextIO, *, deadline: float = 5.0, name: str = "console") -> None:
        self.name = name
        self._stream = stream
        self._calls = Calls(deadline, at_once=1)

    def send(self, message: Message) -> Outcome:
        """Print the page; Retry if the stream is closed, broken or stuck."""
        return self._calls.outcome(lambda deadline: self._print(message, deadline))

    def _print(self, message: Message, _deadline: Deadline) -> Outcome:
        encoding = getattr(self._stream, "encoding", None) or "utf-8"
        text = _page(message).encode(encoding, "replace").decode(encoding)
        try:
            self._stream.write(text)
            self._stream.flush()
        except (OSError, ValueError) as error:  # ValueError: the stream is closed
            return Retry(f"the console cannot be written to: {type(error).__name__}")
        return Delivered()


def _page(message: Message) -> str:
    """The block; the bar before each line of the body keeps customers' words from imitating its frame."""
    urgency = "URGENT PAGE" if message.urgent else "Page"
    lines = [
        _RULE,
        f"{urgency} to {one_line(message.address)}",
        f"Subject: {one_line(message.subject)}",
        *(f"| {line}" for line in block(message.body).split("\n")),
        f"ref {one_line(message.key)}",
        _RULE,
    ]
    return "\n".join(lines) + "\n"
