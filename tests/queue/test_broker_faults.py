"""RabbitMQ killed at the worst moments. Requests go on, work waits, and all of it is done when the broker is back."""

import json
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from hub.api_server import HOST, free_port
from tests.engines.rabbitmq import Node
from tests.queue.world import World, eventually, is_on_disk

HEADER = "slug,name,price,category\n"


def ask(address: str, **request: object) -> tuple[int, dict[str, object]]:
    """The status and the document that a request gets."""
    try:
        with urlopen(Request(address, **request), timeout=30) as response:  # type: ignore[arg-type]  # noqa: S310
            return response.status, json.loads(response.read())
    except HTTPError as error:
        return error.code, json.loads(error.read())


def serve(queued: World) -> str:
    """The address of a server of this service, once it answers."""
    port = free_port()
    queued.start("runserver", "--noreload", f"{HOST}:{port}")
    address = f"http://{HOST}:{port}"

    def answers() -> bool:
        try:
            return ask(f"{address}/health/live/")[0] == 200
        except OSError:
            return False

    eventually("the server answers", answers)
    return address


def sign_in(address: str) -> dict[str, str]:
    body = json.dumps({"username": "demo-staff", "password": "demo-staff-password"}).encode()
    headers = {"Content-Type": "application/json"}
    _, document = ask(f"{address}/api/v1/auth/sign-in/", data=body, headers=headers)
    return {"Authorization": f"Bearer {document['token']}"}


def rows(count: int) -> bytes:
    return (HEADER + "".join(f"row-{n},Row {n},1.50,kitchen\n" for n in range(count))).encode()


def test_a_broker_killed_before_publishing_delays_work_and_nothing_else(queued: World, mortal: Node) -> None:
    queued.start("relay")
    queued.start("worker")
    address = serve(queued)
    is_on_disk(queued, mortal)
    mortal.kill()

    headers = sign_in(address) | {"Content-Type": "text/csv", "Idempotency-Key": "one"}
    status, _ = ask(f"{address}/api/v1/imports/", data=rows(50), headers=headers)
    assert status == 202
    status, ready = ask(f"{address}/health/ready/")
    assert (status, ready["status"]) == (200, "degraded")
    assert queued.waiting() == 1

    mortal.start()
    state = "SELECT state FROM imports_import"
    eventually("the import is done", lambda: queued.sql(state) == [("succeeded",)])
    eventually("no entry is left", lambda: queued.waiting() == 0)
    assert ask(f"{address}/health/ready/")[1]["status"] == "ready"


def test_a_broker_killed_with_a_message_unconfirmed_gets_it_again(queued: World, mortal: Node) -> None:
    queued.start("relay")
    eventually("the relay is connected", lambda: "connected to the broker" in queued.said("relay"))
    is_on_disk(queued, mortal)
    mortal.freeze()  # it takes what is sent to it, and confirms nothing
    promised = queued.promise("probe.quick", name="sent")
    taken = "SELECT count(*) FROM outbox_entry WHERE leased_until IS NOT NULL"
    eventually("the relay has it in hand", lambda: queued.sql(taken) == [(1,)])
    mortal.kill()
    eventually("the relay gives it back", lambda: queued.sql(taken) == [(0,)])
    mortal.start()
    eventually("it is published", lambda: queued.waiting() == 0)
    assert set(queued.ids()) == {promised}


def test_a_broker_killed_after_confirming_still_has_the_message(queued: World, mortal: Node) -> None:
    promised = queued.promise("probe.quick", name="kept")
    queued.start("relay")
    eventually("it is published", lambda: queued.waiting() == 0)
    is_on_disk(queued, mortal)
    mortal.kill()
    mortal.start()
    eventually("the queue is back", lambda: queued.messages() == 1)
    assert queued.ids() == [promised]


def test_a_broker_killed_in_the_middle_of_a_task_delivers_it_again(queued: World, mortal: Node) -> None:
    queued.start("relay")
    queued.start("worker")
    is_on_disk(queued, mortal)
    queued.promise("probe.slow", name="import", seconds=4)
    eventually("the task begins", lambda: queued.notes("began"))
    mortal.kill()
    mortal.start()
    eventually("it is done", lambda: queued.notes("ran"))
    eventually("no message is left", lambda: queued.messages() == 0)
    queued.promise("probe.quick", name="later")
    eventually("relay and worker are connected again", lambda: "later" in queued.notes("ran"))
