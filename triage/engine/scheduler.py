"""Keeps the workers going: APScheduler is the ticker, events wake them in between."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Event, Thread

from apscheduler.schedulers.background import BackgroundScheduler

from triage.engine.close_month import close_next
from triage.engine.context import Clock, Context
from triage.engine.cover import cover_next
from triage.engine.deliver import WIDTH, Deliverer
from triage.engine.fire import fire_next
from triage.engine.process import answer_next, fetch_next, mail_next, process_next
from triage.engine.reconcile import sweep_next
from triage.engine.refresh import refresh_next
from triage.store.outbox import write_gateway
from triage.telemetry import report_failure

#: How soon work is found that another process has left in the database.
TICK = timedelta(milliseconds=250)
#: How many issues are asked for at a time.
FETCHERS = 4
#: How many mails are read at a time: one whose DNS hangs keeps its reader for some seconds.
READERS = 3
#: A ticker that is silent for this long is reported as not ready.
STALLED = timedelta(seconds=10)


class Worker(Thread):
    """Runs `step` until there is nothing left to do, whenever it is woken."""

    def __init__(self, name: str, step: Callable[[], object], done: Callable[[], None]) -> None:
        super().__init__(name=name, daemon=True)
        self._step = step
        self._done = done
        self._wake = Event()
        self._stopped = False

    def wake(self) -> None:
        self._wake.set()

    def stop(self) -> None:
        """Finish what is being done, and end."""
        self._stopped = True
        self._wake.set()
        self.join()

    def run(self) -> None:
        while not self._stopped:
            self._wake.wait()
            self._wake.clear()
            while not self._stopped and self._worked():
                self._done()  # what was committed may be work for the other workers

    def _worked(self) -> bool:
        try:
            return bool(self._step())
        except Exception as error:  # noqa: BLE001 - the loop's edge: the next tick tries again
            report_failure(self.name, error)
            return False


class Scheduler:
    """The workers of one process and the clock that drives them."""

    def __init__(self, context: Context, clock: Clock) -> None:
        self._clock = clock
        self._ticked_at = clock()
        self._pools = {
            name: ThreadPoolExecutor(WIDTH, thread_name_prefix=f"gateway-{name}")
            for name in (*context.gateways, *map(write_gateway, context.sinks))
        }
        deliverer = Deliverer(context, clock, self._pools.__getitem__)
        steps: Mapping[str, Callable[[], object]] = {
            "process": lambda: process_next(context, clock()),
            "answer": lambda: answer_next(context, clock()),
            **{f"fetch-{number}": lambda: fetch_next(context, clock()) for number in range(1, FETCHERS + 1)},
            **{f"mail-{number}": lambda: mail_next(context, clock()) for number in range(1, READERS + 1)},
            "sweep": lambda: sweep_next(context, clock()),
            "refresh": lambda: refresh_next(context, clock()),
            "cover": lambda: cover_next(context, clock()),
            "close": lambda: close_next(context, clock()),
            "fire": lambda: fire_next(context, clock()),
            "deliver": lambda: deliverer.deliver_due(clock()),
        }
        self._workers = [Worker(name, step, self.wake) for name, step in steps.items()]
        self._ticker = BackgroundScheduler(
            timezone=UTC, job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
        )
        self._ticker.add_job(self._tick, "interval", seconds=TICK.total_seconds())

    def start(self) -> None:
        for worker in self._workers:
            worker.start()
        self._ticker.start()
        self.wake()

    def wake(self) -> None:
        """Something was committed that a worker of this process may want."""
        for worker in self._workers:
            worker.wake()

    def _tick(self) -> None:
        self._ticked_at = self._clock()
        self.wake()

    def is_alive(self, now: datetime) -> bool:
        """Whether the ticker ticks and every worker runs."""
        return now - self._ticked_at < STALLED and all(worker.is_alive() for worker in self._workers)

    def stop(self) -> None:
        """Stop taking on work and finish what is on its way; leases bring back what cannot be finished."""
        self._ticker.shutdown(wait=False)
        for worker in self._workers:
            worker.stop()
        for pool in self._pools.values():
            pool.shutdown(wait=True, cancel_futures=True)
