"""What a customer's words say about production and workarounds, each with the words that say it: `read_evidence`."""

from __future__ import annotations

from triage.domain.evidence.reading import Statement, read_answer, read_evidence

__all__ = ["Statement", "read_answer", "read_evidence"]
