"""From the outbox to RabbitMQ: everything arrives, in order, and nothing is deleted before it has."""

from kombu.connection import Connection

from tests.queue.world import World, ends, eventually


def is_passed_on(queued: World) -> None:
    eventually("the outbox is empty", lambda: queued.waiting() == 0)


def test_entries_arrive_in_order_under_their_own_ids_and_are_deleted(queued: World) -> None:
    promised = [queued.promise("probe.quick", name=str(number)) for number in range(20)]
    relay = queued.start("relay")
    is_passed_on(queued)
    assert queued.ids() == promised
    assert ends(relay) == 0


def test_two_relays_share_the_work(served: World) -> None:
    promised = [served.promise("probe.quick", name=str(number)) for number in range(100)]
    relays = [served.start("relay"), served.start("relay")]
    is_passed_on(served)
    assert sorted(served.ids()) == sorted(promised)  # each once
    assert [ends(relay) for relay in relays] == [0, 0]


def test_a_relay_killed_between_confirmation_and_delete_sends_the_same_message_again(queued: World) -> None:
    (queued.folder / "die").touch()
    promised = queued.promise("probe.quick", name="once or twice")
    first = queued.start("relay")
    assert first.wait(timeout=60) == -9
    assert queued.waiting() == 1
    queued.sql("UPDATE outbox_entry SET leased_until = NULL")  # as it is some seconds later
    queued.start("relay")
    is_passed_on(queued)
    assert queued.ids() == [promised, promised]


def test_a_queue_that_is_gone_is_made_again_and_no_message_falls_through(queued: World) -> None:
    queued.start("relay")
    eventually("the relay is connected", lambda: "connected to the broker" in queued.said("relay"))
    with Connection(queued.settings["RABBITMQ_URL"]) as connection, connection.channel() as channel:
        channel.queue_delete(queued.queue)
    promised = queued.promise("probe.quick", name="lost?")
    is_passed_on(queued)
    assert queued.ids() == [promised]


def test_a_queue_that_is_full_loses_nothing_and_counts_against_nobody(queued: World) -> None:
    (queued.folder / "most-messages").write_text("1")
    promised = [queued.promise("probe.quick", name=str(number)) for number in range(4)]
    queued.start("relay")
    eventually("the broker says no", lambda: "does not take it" in queued.said("relay"))
    assert queued.sql("SELECT max(attempts) FROM outbox_entry") == [(0,)]
    arrived: set[str] = set()

    def all_arrived() -> bool:
        arrived.update(queued.ids())
        return arrived == set(promised)

    eventually("there is room again", all_arrived)
