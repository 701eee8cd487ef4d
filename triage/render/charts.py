"""The trend as SVG: one small row of bars for each promise, the same on the dashboard and in print."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
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
    words = escape(f"Attainment of {', '.join(METRICS[metric] for metric in metrics)}, {months[0]} to {months[-1]}")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" '
        f'role="img" aria-label="{words}" font-family="DejaVu, sans-serif">{rows}</svg>'
    )


def _row(metric: str, points: Mapping[str, Mapping[str, Any]], months: Iterable[str], top: int, ink: str) -> str:
    parts = [f'<text x="0" y="{top + 40}" font-size="12" fill="{ink}">{METRICS[metric]}</text>']
    for index, month in enumerate(months):
        left, floor = LEFT + STEP * index, top + 14 + HIGH
        attainment = share(points[month]["attainment"]) if month in points else None
        middle = f'x="{left + BAR / 2:g}" text-anchor="middle" fill="{ink}"'
        if attainment is None:
            parts.append(f'<rect x="{left}" y="{floor - 1}" width="{BAR}" height="1" fill="{NOTHING}"/>')
        else:
            tall = max(1.0, float(attainment) * HIGH)
            colour = GOOD if attainment == 1 else MISSED
            parts.append(
                f'<rect x="{left}" y="{floor - tall:.1f}" width="{BAR}" height="{tall:.1f}" fill="{colour}"/>'
            )
            parts.append(f'<text {middle} y="{floor - tall - 3:.1f}" font-size="9">{_short(points[month])}</text>')
        parts.append(f'<text {middle} y="{floor + 12}" font-size="9">{month_letters(month)}</text>')
    return "".join(parts)


def _short(point: Mapping[str, Any]) -> str:
    """`99.9`, which has no room for more; rounded down as everywhere."""
    words = percent(point["attainment"]).removesuffix(" %")
    return "100" if words == "100.00" else words[:-1]
