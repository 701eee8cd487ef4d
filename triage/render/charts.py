"""Charts as SVG: small rows of bars, the same on the dashboard and in print."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from html import escape
from typing import Any

from triage.domain.explain import METRICS
from triage.domain.month_report import TREND, next_month
from triage.render.figures import first_of, month_letters, percent, share

WIDTH, ROW, LEFT, TOP = 640, 74, 118, 8
BAR, STEP, HIGH = 26, 43, 38
#: They are told apart from paper and from a dark screen alike.
GOOD, MISSED, NOTHING = "#3b82c4", "#c2553d", "#9aa3b2"


def trend(report: Mapping[str, Any], ink: str = "currentColor") -> str:
    """Twelve months of attainment for each promise, up to the report's own month; empty where nothing was settled."""
    points: dict[str, dict[str, Mapping[str, Any]]] = defaultdict(dict)
    for point in report["trend"]:
        points[point["metric"]][point["month"]] = point
    metrics = [metric for metric in METRICS if metric in points]
    if not metrics:
        return ""
    last = first_of(report["month"])
    months = [f"{next_month(last, back):%Y-%m}" for back in range(1 - TREND, 1)]
    height = TOP + ROW * len(metrics)
    rows = "".join(_row(metric, points[metric], months, TOP + ROW * row, ink) for row, metric in enumerate(metrics))
    words = f"Attainment of {', '.join(METRICS[metric] for metric in metrics)}, {months[0]} to {months[-1]}"
    return _drawing(rows, height, words)


def _row(metric: str, points: Mapping[str, Mapping[str, Any]], months: Iterable[str], top: int, ink: str) -> str:
    parts = [_text(METRICS[metric], 0, top + 40, 12, ink)]
    for index, month in enumerate(months):
        left, floor = LEFT + STEP * index, top + 14 + HIGH
        attainment, middle = share(points[month]["attainment"]) if month in points else None, left + BAR / 2
        if attainment is None:
            parts.append(_bar(left, floor, BAR, 1, NOTHING))
        else:
            tall = max(1.0, float(attainment) * HIGH)
            parts.append(_bar(left, floor, BAR, tall, GOOD if attainment == 1 else MISSED))
            parts.append(_text(_short(points[month]), middle, floor - tall - 3, 9, ink, "middle"))
        parts.append(_text(month_letters(month), middle, floor + 12, 9, ink, "middle"))
    return "".join(parts)


def _short(point: Mapping[str, Any]) -> str:
    """`99.9`, which has no room for more; rounded down as everywhere."""
    words = percent(point["attainment"]).removesuffix(" %")
    return "100" if words == "100.00" else words[:-1]


def daily(title: str, days: Sequence[date], counts: Sequence[int], ink: str = "currentColor") -> str:
    """How many there were on each day: one row of bars, with the highest and the last named."""
    most, step, floor = max(counts, default=0), (WIDTH - LEFT) / max(1, len(days)), 14 + HIGH
    parts = [_text(title, 0, 40, 12, ink)]
    for index, count in enumerate(counts):
        left, tall = LEFT + step * index, max(1.0, HIGH * count / most) if most else 1.0
        parts.append(_bar(left, floor, step - 3, tall, GOOD if count else NOTHING))
        if count and index == counts.index(most):
            parts.append(_text(f"{count:,}", left, floor - tall - 3, 9, ink))
    for day, left, anchor in ((days[0], LEFT, "start"), (days[-1], WIDTH - 3, "end")) if days else ():
        parts.append(_text(f"{day:%d %b}", left, floor + 12, 9, ink, anchor))
    words = f"{title} on each day, {sum(counts):,} in all"
    return _drawing("".join(parts), 70, words)


def _drawing(parts: str, height: int, words: str) -> str:
    """`words` are what is read aloud in its place."""
    size = f'viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}"'
    about = f'role="img" aria-label="{escape(words)}" font-family="DejaVu, sans-serif"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size} {about}>{parts}</svg>'


def _bar(left: float, floor: float, wide: float, tall: float, colour: str) -> str:
    place = f'x="{left:.1f}" y="{floor - tall:.1f}"'
    return f'<rect {place} width="{wide:.1f}" height="{tall:.1f}" fill="{colour}"/>'


def _text(words: str, x: float, y: float, size: int, ink: str, anchor: str = "start") -> str:
    place = f'x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"'
    return f'<text {place} font-size="{size}" fill="{ink}">{escape(words)}</text>'
