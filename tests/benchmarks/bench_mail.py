"""End of DATA → a gateway has the page, for DKIM-signed mail over SMTP, on SQLite:

    python -m tests.benchmarks.bench_mail [mails]        (20 at most: more of one sender an hour are held)

Starts the real service as a child process, with a DNS server on loopback, and sends mails one by one. Prints median,
p95, p99 and the worst, in milliseconds; the promise is 2 s.
"""

from __future__ import annotations

import smtplib
import sys
import tempfile
import time
from pathlib import Path

from tests.chaos.mail_service import BOX, mail_house
from tests.chaos.service import PageSink


def main(count: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        sink = PageSink(seed=1, slowness=0)
        with mail_house(f"sqlite:///{folder}/triage.db", Path(folder), sink) as house, house.service():
            mails = [house.mail(number) for number in range(count)]
            taken = []
            with smtplib.SMTP("127.0.0.1", house.port, timeout=30) as session:
                session.ehlo()
                for number, raw in enumerate(mails):
                    session.mail("dora@acme.example")
                    session.rcpt(BOX)
                    begun = time.perf_counter()
                    if session.data(raw)[0] != 250:
                        sys.exit("the service refused a mail")
                    if not sink.wait_for_keys(number + 1, 30):
                        sys.exit(f"no page for mail {number} within 30 s")
                    taken.append((time.perf_counter() - begun) * 1000)
        sink.close()
    taken.sort()
    shown = {"median": count // 2, "p95": int(count * 0.95), "p99": int(count * 0.99), "worst": count - 1}
    print(f"{count} signed mails: " + ", ".join(f"{name} {taken[rank]:.0f} ms" for name, rank in shown.items()))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 15)
