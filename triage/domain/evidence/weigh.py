"""Makes one value of everything that a text says about one axis."""

from __future__ import annotations

from collections.abc import Sequence

from triage.domain.evidence.rules import OUTRIGHT, Finding
from triage.domain.priority import Axis

#: The rule that tells that production was affected and is not any more.
RECOVERED = "production recovered"
NONE = "none"


def weigh(axis: Axis, findings: Sequence[Finding]) -> list[Finding]:
    """The findings that decide, in the order of the text; two values among them are a conflict.

    What is said in a form beats what is said outright, that what is only told, and so on. Of equal findings that
    differ, the later one counts only where it cannot silence a page by mistake: that production has recovered, that
    there is no workaround, or outright that there is one.
    """
    strongest = max((finding.weight for finding in findings), default=0)
    best = [finding for finding in findings if finding.weight == strongest > 0]
    if len({finding.value for finding in best}) < 2:
        return best
    last = best[-1]
    if last.rule == RECOVERED or (axis is Axis.WORKAROUND and (last.value == NONE or strongest >= OUTRIGHT)):
        return [finding for finding in best if finding.value == last.value]
    return best
