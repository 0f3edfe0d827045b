"""From the outbox to RabbitMQ: everything arrives, in order, and nothing is deleted before it has."""

from kombu import Connection

from tests.engines.rabbitmq import Broker
from tests.queue.world import World, ends, eventually


def ids(broker: Broker) -> list[str]:
    """The ids of all messages in the queue, in order. They are taken out."""
    found = []
    with Connection(broker.url) as connection, connection.channel() as channel:
        while message := channel.basic_get("nexus.work", no_ack=True):
            found.append(message.headers["id"])
    return found


def is_passed_on(queued: World) -> None:
    eventually("the outbox is empty", lambda: queued.waiting() == 0)


def test_entries_arrive_in_order_under_their_own_ids_and_are_deleted(queued: World, broker: Broker) -> None:
    promised = [queued.promise("probe.quick", name=str(number)) for number in range(20)]
    relay = queued.start("relay")
    is_passed_on(queued)
    assert ids(broker) == promised
    assert ends(relay) == 0


def test_two_relays_share_the_work(served: World, broker: Broker) -> None:
    promised = [served.promise("probe.quick", name=str(number)) for number in range(100)]
    relays = [served.start("relay"), served.start("relay")]
    is_passed_on(served)
    assert sorted(ids(broker)) == sorted(promised)  # each once
    assert [ends(relay) for relay in relays] == [0, 0]


def test_a_relay_killed_between_confirmation_and_delete_sends_the_same_message_again(
    queued: World, broker: Broker
) -> None:
    (queued.folder / "die").touch()
    promised = queued.promise("probe.quick", name="once or twice")
    first = queued.start("relay")
    assert first.wait(timeout=60) == -9
    assert queued.waiting() == 1
    queued.sql("UPDATE outbox_entry SET leased_until = NULL")  # as it is some seconds later
    queued.start("relay")
    is_passed_on(queued)
    assert ids(broker) == [promised, promised]


def test_a_queue_that_is_gone_is_made_again_and_no_message_falls_through(queued: World, broker: Broker) -> None:
    queued.start("relay")
    eventually("the relay is connected", lambda: "connected to the broker" in queued.said("relay"))
    with Connection(broker.url) as connection, connection.channel() as channel:
        channel.queue_delete("nexus.work")
    promised = queued.promise("probe.quick", name="lost?")
    is_passed_on(queued)
    assert ids(broker) == [promised]
