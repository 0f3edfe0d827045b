"""The outbox: work is promised with a change, taken by one at a time, and never lost or tried for ever."""

import signal
import time
from datetime import timedelta
from threading import Barrier, Thread
from uuid import uuid4

import pytest
from amqp.exceptions import MessageNacked
from billiard.exceptions import SoftTimeLimitExceeded
from django.db import connection, transaction
from django.utils import timezone

from demo_api.nexus.celery import app
from demo_api.outbox import leases, relay, schedule, selectors, services, worker
from demo_api.outbox.models import Entry

MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def _tasks():
    worker.load_tasks()


@pytest.fixture
def calls():
    """Registers a task for this test under a name of its own; gives what it was called with."""
    seen: list[dict] = []

    @app.task(name="tests.note")
    def note(**arguments):
        seen.append(arguments)
        if arguments.get("raises"):
            raise ValueError("no good")
        if arguments.get("ends"):
            raise SystemExit(0)
        time.sleep(arguments.get("seconds", 0))

    yield seen
    app.tasks.unregister("tests.note")


def promise(task: str = "tests.note", **arguments) -> Entry:
    with transaction.atomic():
        return services.enqueue(task=task, arguments=arguments)


def take() -> leases.Lease | None:
    return leases.claim(duration=MINUTE, is_delivery=True)


def lease_runs_out() -> None:
    Entry.objects.update(leased_until=timezone.now() - timedelta(seconds=1))


def pause_ends() -> None:
    Entry.objects.update(available_at=timezone.now() - timedelta(seconds=1))


# Promises ---------------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_a_promise_outside_a_transaction_is_refused():
    with pytest.raises(RuntimeError, match="transaction of the change"):
        services.enqueue(task="tests.note", arguments={})


@pytest.mark.django_db(transaction=True)
def test_a_change_that_is_rolled_back_takes_its_promise_with_it():
    with transaction.atomic():
        services.enqueue(task="tests.note", arguments={})
        transaction.set_rollback(True)
    assert not Entry.objects.exists()


# Leases -----------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_entries_are_taken_in_order_and_each_once():
    first, second = promise(), promise()
    assert [lease and lease.entry for lease in (take(), take(), take())] == [first, second, None]


@pytest.mark.django_db
def test_what_is_for_later_waits():
    with transaction.atomic():
        services.enqueue(task="tests.note", arguments={}, available_at=timezone.now() + MINUTE)
    assert take() is None
    pause_ends()
    assert take()


@pytest.mark.django_db
def test_a_lease_that_ran_out_is_anyones_and_its_holder_finds_out():
    promise()
    first = take()
    lease_runs_out()
    second = take()
    assert first
    assert second
    assert second.entry.deliveries == 2
    assert not first.renew()
    assert second.renew()
    first.fail("too late")  # it is not the first one's to count any more
    assert Entry.objects.get().attempts == 0


@pytest.mark.django_db
def test_a_lease_that_is_renewed_lasts():
    promise()
    lease = take()
    assert lease
    before = lease.entry.leased_until
    assert lease.renew()
    after = Entry.objects.get().leased_until
    assert before
    assert after
    assert after > before


@pytest.mark.django_db
def test_what_is_given_back_is_there_at_once_and_nothing_was_counted():
    promise()
    lease = take()
    assert lease
    lease.give_back()
    again = take()
    assert again
    assert (again.entry.deliveries, again.entry.attempts) == (1, 0)


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has one writer at a time: takers cannot meet")
def test_takers_that_meet_get_different_entries():
    for number in range(12):
        promise(number=number)
    start, taken = Barrier(4), []

    def taker():
        start.wait(timeout=10)
        try:
            taken.extend(lease.entry.pk for _ in range(3) if (lease := take()))
        finally:
            connection.close()

    threads = [Thread(target=taker) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(taken) == len(set(taken)) == 12


# Failures ---------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_each_failure_waits_longer_and_the_fifth_is_the_last():
    promise()
    for attempt in range(1, 6):
        lease = take()
        assert lease, f"no attempt {attempt}"
        lease.fail(f"failure {attempt}")
        wait = Entry.objects.get().available_at - timezone.now()
        assert timedelta(0) < wait <= timedelta(seconds=2 ** (attempt - 1))
        assert take() is None
        pause_ends()
    assert take() is None
    kept = selectors.poisoned().get()
    assert (kept.attempts, kept.error) == (5, "failure 5")


@pytest.mark.django_db
def test_work_whose_worker_dies_again_and_again_is_given_up_too():
    promise()
    Entry.objects.update(deliveries=selectors.MOST_DELIVERIES - 1)
    assert take()
    lease_runs_out()
    assert take() is None
    assert selectors.poisoned().count() == 1


def test_a_pause_has_an_end_and_some_chance_in_it():
    pauses = [services.pause_after(50, longest=30).total_seconds() for _ in range(50)]
    assert all(15 <= pause <= 30 for pause in pauses)
    assert len(set(pauses)) > 1


@pytest.mark.django_db
def test_two_deliveries_that_both_fail_leave_one_entry():
    uuid = uuid4()
    for _ in range(2):
        services.take_back(uuid=uuid, task="tests.note", arguments={"a": 1}, attempts=3, error="no good")
    entry = Entry.objects.get()
    assert (entry.uuid, entry.attempts, entry.arguments) == (uuid, 3, {"a": 1})


@pytest.mark.django_db
def test_the_backlog_counts_what_could_be_taken_now():
    assert selectors.backlog() == (0, 0)
    promise()
    promise()
    take()
    Entry.objects.update(available_at=timezone.now() - MINUTE)
    count, seconds = selectors.backlog()
    assert count == 1
    assert 60 <= seconds < 120


# The relay --------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_broker_that_takes_no_message_leaves_the_entry_and_counts_nothing(monkeypatch):
    def refuse(producer, lease):
        raise MessageNacked  # as a queue does that is full

    promise()
    lease = leases.claim(duration=MINUTE, is_delivery=False)
    assert lease
    monkeypatch.setattr(relay, "publish", refuse)
    with pytest.raises(MessageNacked):
        relay.deliver(None, lease)
    entry = Entry.objects.get()
    assert (entry.leased_until, entry.attempts, entry.deliveries) == (None, 0, 0)


@pytest.mark.django_db
def test_an_entry_whose_message_has_arrived_is_deleted(monkeypatch):
    promise()
    lease = leases.claim(duration=MINUTE, is_delivery=False)
    assert lease
    monkeypatch.setattr(relay, "publish", lambda producer, lease: None)
    relay.deliver(None, lease)
    assert not Entry.objects.exists()


@pytest.mark.django_db
def test_a_task_that_fails_before_the_relay_deletes_its_entry_is_not_lost(monkeypatch):
    def fail_at_once(producer, lease):
        entry = lease.entry
        services.take_back(
            uuid=entry.uuid, task=entry.task, arguments=entry.arguments, attempts=entry.attempts + 1, error="no good"
        )

    promised = promise(name="import")
    lease = leases.claim(duration=MINUTE, is_delivery=False)
    assert lease
    monkeypatch.setattr(relay, "publish", fail_at_once)
    relay.deliver(None, lease)
    entry = Entry.objects.get()
    assert (entry.uuid, entry.attempts, entry.leased_until) == (promised.uuid, 1, None)


# The embedded worker ----------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_the_worker_runs_what_waits_and_deletes_it(calls):
    promise(name="first")
    promise(name="second")
    worker.work(lease=MINUTE, drain=True)
    assert calls == [{"name": "first"}, {"name": "second"}]
    assert not Entry.objects.exists()


@pytest.mark.django_db
def test_a_task_that_raises_is_counted_and_kept_with_its_error(calls):
    promise(raises=True)
    worker.work(lease=MINUTE, drain=True)
    entry = Entry.objects.get()
    assert (entry.attempts, entry.error, entry.leased_until) == (1, "ValueError('no good')", None)


@pytest.mark.django_db
def test_a_task_that_nobody_knows_is_counted_too():
    promise("tests.no_such_task")
    worker.work(lease=MINUTE, drain=True)
    assert "no_such_task" in Entry.objects.get().error


@pytest.mark.django_db
def test_a_job_that_put_itself_back_is_not_put_back_twice(calls, monkeypatch):
    monkeypatch.setattr(app.tasks["tests.note"], "returns_to_outbox", False)
    promise(raises=True)
    worker.work(lease=MINUTE, drain=True)
    assert not Entry.objects.exists()


def test_an_import_is_such_a_job():
    assert app.tasks["demo_api.imports.tasks.run_import"].returns_to_outbox is False
    assert app.tasks["demo_api.catalog.tasks.make_thumbnail"].returns_to_outbox is True


@pytest.mark.django_db(transaction=True)
def test_a_worker_that_is_told_to_end_gives_its_entry_back(calls):
    promise(ends=True)
    with pytest.raises(SystemExit):
        worker.work(lease=MINUTE, drain=True)
    entry = Entry.objects.get()
    assert (entry.leased_until, entry.deliveries, entry.attempts) == (None, 0, 0)


@pytest.mark.skipif(not hasattr(signal, "SIGALRM"), reason="this system has no alarm, so there is no limit")
def test_the_soft_limit_interrupts_a_task_and_only_that(calls):
    with pytest.raises(SoftTimeLimitExceeded), worker.soft_limit(0.05):
        time.sleep(10)
    with worker.soft_limit(0.05):
        pass
    time.sleep(0.1)  # no alarm rings any more


# The schedule -----------------------------------------------------------------------------------------------------


def test_every_job_of_the_schedule_is_a_task_that_exists(settings):
    assert {job["task"] for job in settings.CELERY_BEAT_SCHEDULE.values()} <= set(app.tasks)


def test_each_job_has_its_turn_even_when_another_raises(settings, monkeypatch):
    every = timedelta(seconds=0.02)
    settings.CELERY_BEAT_SCHEDULE = {"a": {"task": "t.a", "schedule": every}, "b": {"task": "t.b", "schedule": every}}
    turns: list[str] = []

    class Enough:
        def wait(self, timeout):
            time.sleep(timeout)
            return False

        def is_set(self):
            return len(turns) >= 6

    class Task:
        def __init__(self, name):
            self.name = name

        def apply(self, throw):
            turns.append(self.name)
            if self.name == "t.a":
                raise ValueError

    monkeypatch.setattr(schedule, "app", type("App", (), {"tasks": {name: Task(name) for name in ("t.a", "t.b")}}))
    monkeypatch.setattr(connection, "close", lambda: None)
    schedule.keep(Enough())  # type: ignore[arg-type]
    assert sorted(turns) == ["t.a"] * 3 + ["t.b"] * 3
