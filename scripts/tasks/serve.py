"""`nexus.py serve`: the handbook and its live API on one port."""

import contextlib
import os
import shutil
import socket
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from subprocess import Popen
from threading import Thread

from django.conf import settings

from hub.api_server import ServerFailed, wait_until_ready
from hub.offline import write_lists
from scripts.nexus import ROOT, Problem, Stopped, check_port, finish, own_address, say, serve_options, started
from scripts.tasks.build import build_if_changed
from scripts.tasks.database import prepare_database

PAGE_API = Path("docs", "assets", "vendor", "page-api")
ADDRESSES = {"Handbook": "", "Swagger UI": "api/docs/", "REST API": "api/v1/products/", "Admin": "admin/"}


def serve(arguments: Sequence[str]) -> int:
    """Prepare what changed, serve until Ctrl-C or SIGTERM, and return 0. Raises `Problem`."""
    host, port = serve_options(arguments)
    os.environ["DJANGO_ENV"] = "development"
    with contextlib.suppress(KeyboardInterrupt, Stopped):
        prepare_database()
        build_if_changed()
        check_port(host, port)  # Someone may have taken it in the meantime.
        with server(host, port, reachable_as(host)) as (process, url):
            print_addresses(url)
            with worker(), started([sys.executable, "-m", "hub", "page-api"]) as building:
                Thread(target=add_page_api, args=[building], daemon=True).start()
                code = process.wait()
        raise Problem(f"The server ended by itself with code {code}: the lines above say why.")
    return 0


@contextlib.contextmanager
def server(host: str, port: int, extra: Mapping[str, str]) -> "Iterator[tuple[Popen[bytes], str]]":
    """Run the Django server until the block ends; give its process and its address once it is ready."""
    listen = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    command = [sys.executable, str(ROOT / "manage.py"), "runserver", "--noreload", listen]
    with started(command, {"DJANGO_RUNSERVER_HIDE_WARNING": "true", **extra}) as process:
        address = own_address(host)
        try:
            wait_until_ready(process, address, port)
        except ServerFailed as failure:
            raise Problem(str(failure)) from None
        yield process, f"http://[{address}]:{port}/" if ":" in address else f"http://{address}:{port}/"


@contextlib.contextmanager
def worker(extra: Mapping[str, str] | None = None) -> "Iterator[Popen[bytes] | None]":
    """Run the embedded worker until the block ends; with a broker, whoever runs that runs its workers too."""
    if settings.RABBITMQ_URL:
        say("RABBITMQ_URL is set: start `nexus.py relay` and `nexus.py worker` beside this, for the work that waits.\n")
        yield None
        return
    with started([sys.executable, str(ROOT / "manage.py"), "worker"], extra) as process:
        Thread(target=watch, args=[process], daemon=True).start()
        yield process


def watch(process: "Popen[bytes]") -> None:
    """Say so when the worker ends before the server: requests are answered, and work waits."""
    if code := process.wait():
        say(f"The worker ended by itself with code {code}: start it again with `nexus.py worker`.", sys.stderr)


def reachable_as(host: str) -> dict[str, str]:
    """Return the settings that let others name this machine; a loopback host, or hosts set by hand, need none."""
    if host in ("127.0.0.1", "localhost", "::1") or os.environ.get("DJANGO_ALLOWED_HOSTS"):
        return {}
    names = {*settings.ALLOWED_HOSTS, socket.gethostname(), f"[{host}]" if ":" in host else host}
    if own_address(host) != host:  # every address of this machine
        with contextlib.suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.connect(("192.0.2.1", 9))  # sends nothing: the system picks the address it would send from
            names.add(probe.getsockname()[0])
    return {"DJANGO_ALLOWED_HOSTS": ",".join(sorted(names))}


def add_page_api(building: "Popen[bytes]") -> None:
    """Wait for the in-page API, which is made while the server already answers, and put it beside the pages."""
    if building.wait() == 0:  # otherwise it has said why, and the server goes on without it
        shutil.copytree(ROOT / PAGE_API, ROOT / "site" / PAGE_API.relative_to("docs"), dirs_exist_ok=True)
        write_lists(ROOT / "site")  # for whoever serves this folder as files
        say('The API in the page is there too: choose "this page" beside the Run button.')


def print_addresses(url: str) -> None:
    """Print where everything is, and who may sign in."""
    say("\nProject Nexus is ready.")
    for what, path in ADDRESSES.items():
        say(f"  {what:<14}{url}{path}")
    say("  Demo sign-in  demo-staff / demo-staff-password (staff), demo / demo-password (customer)")
    say("Press Ctrl-C to stop.\n")


if __name__ == "__main__":
    sys.exit(finish(serve))
