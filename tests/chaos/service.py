"""The real service as a child process, to be killed, and a sink that its pages go to."""

from __future__ import annotations

import json
import os
import random
import re
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import MappingProxyType
from typing import Any, Self

import requests

from tests.jira_events import sign

ROOT = Path(__file__).parents[2]
SECRET = "chaos-secret"
SECRET_KEY = "c" * 32


class PageSink:
    """Takes pages as the webhook gateway posts them, after up to `slowness` seconds, and counts their keys."""

    def __init__(self, seed: int, slowness: float = 0.02) -> None:
        self.keys: Counter[str] = Counter()
        self.subjects: dict[str, str] = {}
        self.changed = threading.Condition()
        self._never = threading.Event()
        self._random = random.Random(seed)
        self._slowness = slowness
        sink = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                page = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                with sink.changed:
                    sink.keys[self.headers["Idempotency-Key"]] += 1
                    sink.subjects[self.headers["Idempotency-Key"]] = page["subject"]
                    sink.changed.notify_all()
                    slowness = sink._random.random() * sink._slowness
                sink._never.wait(slowness)
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def handle_one_request(self) -> None:
                try:
                    super().handle_one_request()
                except OSError:
                    self.close_connection = True  # the service was killed in mid-request

            def log_message(self, *args: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/page"

    def wait_for(self, subjects: set[str], seconds: float) -> set[str]:
        """The subjects that have not arrived after so long."""
        with self.changed:
            self.changed.wait_for(lambda: subjects <= set(self.subjects.values()), seconds)
            return subjects - set(self.subjects.values())

    def wait_for_keys(self, count: int, seconds: float) -> bool:
        """Whether so many different pages have arrived after so long at the latest."""
        with self.changed:
            return self.changed.wait_for(lambda: len(self.keys) >= count, seconds)

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def documents(sink: PageSink, *before: str, group_window: str = "0s") -> dict[str, str]:
    """The shipped configuration with SLA notices to nobody, and everybody's pages going to the sink.

    `before` are addresses that are tried before it. Each ticket pages by itself, unless tickets share an incident.
    """
    files = {path.name: path.read_text() for path in (ROOT / "config").glob("*.yaml")}
    methods = ", ".join(f"{{gateway: webhook, address: '{address}'}}" for address in (*before, sink.url))
    people = "\n".join(f"  {name}: {{name: {name}, contact_methods: [{methods}]}}" for name in ("ana", "ben", "cy"))
    files["people.yaml"] = f"people:\n{people}\n"
    files["service.yaml"] = files["service.yaml"].replace('notices_to: ["schedule:primary"]', "notices_to: []")
    escalation = files["escalation.yaml"]
    assert "group_window: 2m" in escalation
    files["escalation.yaml"] = escalation.replace("group_window: 2m", f"group_window: {group_window}")
    return files


def start(
    database_url: str, config_dir: Path, *arguments: str, more: Mapping[str, str] = MappingProxyType({})
) -> subprocess.Popen[str]:
    """`python app.py …` as a child process; `more` is added to its environment."""
    environment = {
        **os.environ,
        "TRIAGE_DATABASE_URL": database_url,
        "TRIAGE_CONFIG_DIR": str(config_dir),
        "TRIAGE_PORT": "0",
        "TRIAGE_SECRET_KEY": SECRET_KEY,
        "TRIAGE_JIRA_WEBHOOK_SECRET": SECRET,
        "TRIAGE_WEBHOOK_SECRET": SECRET,
        "TRIAGE_WEBHOOK_HOSTS": "127.0.0.1",
        **more,
    }
    return subprocess.Popen(
        [sys.executable, "app.py", *arguments],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )


class Service:
    """`python app.py` on a free port; use as a context, which kills it."""

    def __init__(self, database_url: str, config_dir: Path, more: Mapping[str, str] = MappingProxyType({})) -> None:
        self._process = start(database_url, config_dir, more=more)
        self.url = self._address()
        self._session = requests.Session()

    def _address(self) -> str:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if found := re.search(r"running at (\S+)", line):
                threading.Thread(target=self._drain, daemon=True).start()
                return found[1]
        raise AssertionError("the service did not start")

    def _drain(self) -> None:
        assert self._process.stdout is not None
        for _ in self._process.stdout:
            pass

    def post(self, body: bytes) -> int:
        address = f"{self.url}/webhooks/jira"
        return self._session.post(address, data=body, headers=sign(body, SECRET), timeout=10).status_code

    def kill(self) -> None:
        """kill -9"""
        self._process.kill()
        self._process.wait()
        self._session.close()
        if self._process.stdout:
            self._process.stdout.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()


class Workers:
    """`python app.py serve --only worker`, twice; use as a context, which kills both."""

    def __init__(self, database_url: str, config_dir: Path) -> None:
        self._start = lambda: start(database_url, config_dir, "serve", "--only", "worker")
        self._processes = [self._start(), self._start()]

    def kill(self, number: int) -> None:
        """kill -9 one of them, and start another in its place."""
        assert self._processes[number].poll() is None, "the worker ended by itself"
        self._end(number)
        self._processes[number] = self._start()

    def _end(self, number: int) -> None:
        self._processes[number].kill()
        self._processes[number].communicate()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for number in range(len(self._processes)):
            self._end(number)
