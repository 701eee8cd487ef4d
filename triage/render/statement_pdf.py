"""A month's report as PDF (A4): what one sends to a customer. The same report gives the same bytes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any

from fpdf import FPDF
from fpdf.enums import TableBordersLayout, TableCellFillMode
from fpdf.fonts import FontFace

from triage.domain.explain import METRICS
from triage.render import charts
from triage.render.figures import NONE, duration, exactly, month_name, percent, when

FONTS = Path(__file__).parent / "fonts"
INK, SOFT, LINE, SHADE, GOOD, BAD = "#1b2030", "#596073", "#d5d8df", "#f3f4f7", "#17663a", "#b3261e"
#: Receipts that fit between two glances; the others stand with their tickets.
RECEIPTS = 40
#: What the line over all priorities is called.
ALL = "all"


def statement_pdf(report: Mapping[str, Any]) -> bytes:
    """The report, frozen or as things stand, as one document."""
    page = _Document(report)
    page.headline()
    page.promises()
    page.customers()
    page.trend()
    page.breaches()
    page.receipts()
    page.notes()
    return bytes(page.output())


class _Document(FPDF):
    """One report on its way to paper."""

    def __init__(self, report: Mapping[str, Any]) -> None:
        super().__init__(format="A4")
        self._report = report
        self._edition = report["edition"]
        self.add_font("DejaVu", "", FONTS / "DejaVuSans.ttf")
        self.add_font("DejaVu", "B", FONTS / "DejaVuSans-Bold.ttf")
        made = self._edition["frozen_at"] if self._edition else report["as_of"]
        self.set_creation_date(datetime.fromisoformat(made))
        self.set_title(f"Service level report, {report['name']}, {month_name(report['month'])}")
        self.set_author(report["vendor"])
        self.set_lang("en")
        self.set_margins(18, 16)
        self.set_auto_page_break(True, 20)
        self.alias_nb_pages()
        self.add_page()

    def footer(self) -> None:
        self.set_y(-14)
        self._type(7.5, SOFT)
        told = (
            f"Version {self._edition['version']}, told {when(self._edition['frozen_at'])} UTC"
            if self._edition
            else (f"Draft: as things stood {when(self._report['as_of'])} UTC")
        )
        self.cell(0, 5, told)
        self.cell(0, 5, f"Page {self.page_no()} of {{nb}}", align="R")

    def headline(self) -> None:
        """Whose month it is, and the one figure that the customer asks for first."""
        report = self._report
        self._type(9, SOFT)
        self._line(report["vendor"])
        self._type(20, INK, bold=True)
        self._line("Service level report", height=10)
        self._type(12, INK)
        self._line(f"{report['name']} · {month_name(report['month'])}", height=7)
        self._type(9, SOFT)
        if report["contract"]:
            self._line(f"Contract {report['contract']}")
        if self._edition and self._edition["reason"]:
            self._line(f"Restated by {self._edition['frozen_by']}: {self._edition['reason']}")
        self.ln(4)
        cycles = sum(total["cycles"] for total in report["totals"])
        missed = sum(total["breached"] for total in report["totals"])
        excluded = sum(total["excluded"] for total in report["totals"])
        if not cycles:
            self._type(11, INK)
            self._line("No promise was settled in this month.", height=8)
            return
        figures = [(f"{cycles:,}", "promises settled"), (f"{missed:,}", "missed")]
        figures += [(f"{excluded:,}", "excluded")] if excluded else []
        figures += [(percent(report["credit"]), "service credit")] if report["credit_table"] else []
        width = self.epw / len(figures)
        for figure, _ in figures:
            self._type(18, INK, bold=True)
            self.cell(width, 9, figure)
        self.ln(9)
        for _, words in figures:
            self._type(8.5, SOFT)
            self.cell(width, 5, words)
        self.ln(8)

    def promises(self) -> None:
        """Each promise by priority, and over all of them."""
        if not self._report["lines"]:
            return
        self._head("Promises")
        head = (
            "Promise",
            "Priority",
            "Settled",
            "Met",
            "Missed",
            "Excluded",
            "Attainment",
            "Median",
            "90 %",
            "Worst",
        )
        rows = []
        for total in self._report["totals"]:
            for line in self._report["lines"]:
                if line["metric"] == total["metric"]:
                    times = (duration(line[f"{name}_seconds"]) for name in ("median", "ninetieth", "worst"))
                    rows.append((METRICS[line["metric"]], line["priority"], *_counts(line), *times))
            rows.append((METRICS[total["metric"]], ALL, *_counts(total), "", "", ""))
        self._table(head, rows, (17, 10, 10, 9, 10, 12, 14, 14, 14, 15), words=2, strong=ALL)
        self._credit()

    def _credit(self) -> None:
        report = self._report
        owed = [total for total in report["totals"] if total["credit"] != "0/1"]
        self._type(9, INK)
        self.ln(1)
        for total in owed:
            below = min(
                (
                    line["below"]
                    for line in report["credit_table"]
                    if line["metric"] == total["metric"] and line["credit"] == total["credit"]
                ),
                default=None,
            )
            why = f"{METRICS[total['metric']]}: {percent(total['attainment'])} is below {percent(below)}"
            self._line(f"{why}, which gives back {percent(total['credit'])} of the monthly fee.")
        if report["credit_table"] and not owed:
            self._line("No service credit is owed for this month.")

    def customers(self) -> None:
        """Each customer's part; only in the report of all of them."""
        if not self._report["customers"]:
            return
        self._head("Customers")
        head = ("Customer", "Settled", "Met", "Missed", "Excluded", "Attainment", "Credit")
        rows = [(one["name"], *_counts(one), percent(one["credit"])) for one in self._report["customers"]]
        self._table(head, rows, (34, 12, 12, 12, 12, 14, 12), words=1)

    def trend(self) -> None:
        """Twelve months of attainment."""
        drawing = charts.trend(self._report, INK)
        if not drawing:
            return
        tall = float(drawing.split('height="')[1].split('"')[0]) / charts.WIDTH * self.epw
        self._head("Attainment over twelve months, in %", room=tall)
        self.image(BytesIO(drawing.encode()), w=self.epw)
        self.ln(2)

    def breaches(self) -> None:
        """Every missed promise with what it missed by, and what was left out with the reason."""
        report = self._report
        if not report["breaches"]:
            return
        self._head("Missed promises")
        head = ("Ticket", "Promise", "Priority", "Due (UTC)", "Met (UTC)", "Excluded", "Late by")
        rows = [
            (
                one["key"],
                METRICS[one["metric"]],
                one["priority"],
                when(one["due_at"]),
                when(one["stopped_at"]) if one["stopped_at"] else "still going",
                one["exclusion"]["reason"] if one["exclusion"] else NONE,
                exactly(one["overrun_seconds"]),
            )
            for one in report["breaches"]
        ]
        self._table(head, rows, (15, 18, 11, 26, 26, 26, 12), words=6)
        if report["breach_count"] > len(report["breaches"]):
            self._type(8.5, SOFT)
            self._line(
                f"The {len(rows)} longest of {report['breach_count']:,}; the sheet of this report has all of them."
            )

    def receipts(self) -> None:
        """How each missed promise's time was counted, stretch by stretch."""
        kept = [one for one in self._report["breaches"] if one["receipt"]][:RECEIPTS]
        if not kept:
            return
        self._head("Receipts")
        for one in kept:
            self._type(9, INK, bold=True)
            used = f"{exactly(one['elapsed_seconds'])} used"
            self._line(f"{one['key']} · {METRICS[one['metric']]} · {one['priority']} · {used}")
            rows = [
                (when(line["from"]), when(line["to"]), line["reason"], exactly(_span(line)))
                for line in one["receipt"]
            ]
            self._table(("From (UTC)", "To (UTC)", "Why", "Time"), rows, (30, 30, 20, 20), words=3)

    def notes(self) -> None:
        """How the figures are to be read."""
        self.ln(2)
        self._type(7.5, SOFT)
        self._line(
            "A promise belongs to the month, in UTC, in which it was met or missed. Times are open time of its"
            " calendar; half of the promises took no longer than the median, nine tenths no longer than 90 %."
            " Attainment is met ÷ (met + missed), rounded down. Excluded ones count neither way. “Late by” and"
            " receipts are hours, minutes and seconds.",
            height=4,
        )

    def _head(self, words: str, room: float = 14) -> None:
        if self.will_page_break(room + 12):
            self.add_page()
        self.ln(3)
        self._type(12, INK, bold=True)
        self._line(words, height=8)

    def _table(
        self,
        head: Sequence[str],
        rows: Iterable[Sequence[str]],
        widths: Sequence[int],
        *,
        words: int,
        strong: str = "",
    ) -> None:
        """`words` are the columns from the left that hold words, the others hold figures; `strong` marks a row."""
        self._type(7.5, INK)
        self.set_draw_color(LINE)
        aligns = ["LEFT" if index < words else "RIGHT" for index in range(len(head))]
        with self.table(
            borders_layout=TableBordersLayout.HORIZONTAL_LINES,
            cell_fill_color=SHADE,
            cell_fill_mode=TableCellFillMode.NONE,
            col_widths=tuple(widths),
            headings_style=FontFace(emphasis="BOLD", color=SOFT),
            line_height=5,
            text_align=tuple(aligns),
            width=self.epw,
            padding=(0.6, 0.8),
        ) as table:
            for row in (head, *rows):
                line = table.row()
                for word in row:
                    line.cell(word, style=FontFace(emphasis="BOLD") if strong and strong in row else None)
        self.ln(2)

    def _line(self, words: str, height: float = 5) -> None:
        self.multi_cell(0, height, words, align="L", new_x="LMARGIN", new_y="NEXT")

    def _type(self, size: float, colour: str, *, bold: bool = False) -> None:
        self.set_font("DejaVu", "B" if bold else "", size)
        self.set_text_color(colour)


def _counts(one: Mapping[str, Any]) -> tuple[str, ...]:
    return (*(f"{one[name]:,}" for name in ("cycles", "met", "breached", "excluded")), percent(one["attainment"]))


def _span(line: Mapping[str, str]) -> int:
    return int((datetime.fromisoformat(line["to"]) - datetime.fromisoformat(line["from"])).total_seconds())
