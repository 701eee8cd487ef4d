"""The real messages of ../shared/payloads/mails, with what their index says of them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

MAILS = Path(__file__).parents[1] / ".." / "shared" / "payloads" / "mails"


@dataclass(frozen=True)
class RealMail:
    """One message; `about` is its line of the index, `kind` the guess there."""

    name: str
    raw: bytes
    kind: str
    about: dict[str, Any]


def real_mails() -> list[RealMail]:
    """All of them; skips the test where the shared data is absent."""
    if not MAILS.is_dir():
        pytest.skip("../shared/payloads/mails is absent")
    lines = (MAILS / "index.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    return [RealMail(row["file"], (MAILS / row["file"]).read_bytes(), row["kind"], row) for row in rows]
