"""Media on a disk that is really full, and workers killed between a file and its row."""

import http.client
import os
import subprocess
import sys
from pathlib import Path

import pytest

from hub.engines.machine import is_root
from hub.source import ROOT
from tests.integration.faults.processes import POINTS
from tests.integration.faults.service import KETTLE, Service, gunicorn, is_problem, upload, wait_for

pytestmark = pytest.mark.servers
PICTURES = ROOT / "demo_api" / "catalog" / "seed" / "pictures"
FIRST, SECOND = ((PICTURES / name).read_bytes() for name in ("quay-oak-board.webp", "graphite-pencil-set.webp"))
UPLOADED = "SELECT image FROM catalog_product WHERE image <> '' AND image NOT LIKE 'products/seed/%'"


def stored(media: Path) -> list[str]:
    """Every file, by its name in the storage."""
    return sorted(path.relative_to(media).as_posix() for path in media.rglob("*") if path.is_file())


def named(database) -> list[str]:
    """What the rows name, but for the seeded pictures, which are in another folder here."""
    return sorted(name for (name,) in database.execute(UPLOADED))


# A full disk ------------------------------------------------------------------------------------------------------


@pytest.fixture
def small_disk(folder):
    """The media folder on a file system of its own, 256 KiB in memory."""
    media = folder / "media"
    media.mkdir()
    if sys.platform != "linux" or not is_root():
        pytest.skip("only root on Linux can mount a small disk; tests/api/test_full_storage.py stands in")
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(media)], capture_output=True, text=True
    )
    if done.returncode:
        pytest.skip(f"no small disk can be mounted here ({done.stderr.strip()}); test_full_storage.py stands in")
    yield media
    subprocess.run(["umount", "--lazy", str(media)], check=True)


def fill(disk: Path) -> Path:
    """Leaves less room than a picture needs."""
    filler = disk / "filler"
    space = os.statvfs(disk)
    filler.write_bytes(b"x" * (space.f_bavail * space.f_frsize - 4096))
    return filler


def test_on_a_full_disk_an_upload_is_a_507_and_nothing_changes_until_there_is_room(
    cluster, database, small_disk, folder
):
    with gunicorn(cluster.settings, folder) as service:
        staff = service.sign_in()
        assert upload(service, FIRST, staff).status == 200
        filler = fill(small_disk)
        files, before = stored(small_disk), service.ask("GET", KETTLE)

        for _ in range(3):
            is_problem(upload(service, SECOND, staff), 507, "insufficient-storage")
        assert stored(small_disk) == files
        after = service.ask("GET", KETTLE)
        assert (after.document, after.headers["ETag"]) == (before.document, before.headers["ETag"])
        assert service.ask("GET", picture_of(after.document)).status == 200  # reading goes on

        filler.unlink()
        assert upload(service, SECOND, staff).status == 200
        assert stored(small_disk) == named(database)
        service.ask("DELETE", f"{KETTLE}image/", Authorization=staff, If_Match="*")


def picture_of(product: dict[str, str]) -> str:
    return "/media/" + product["image"].partition("/media/")[2]


# Killed between ---------------------------------------------------------------------------------------------------


@pytest.fixture
def tripwired(cluster, folder):
    """A service whose one worker dies at the point that the switch names, and the switch."""
    switch = folder / "switch"
    settings = cluster.settings | {"WEB_WORKERS": "1"}
    with gunicorn(settings, folder, application="tests.integration.faults.killing:application") as service:
        yield service, switch


def test_wherever_a_worker_dies_every_row_has_its_file_and_a_sweep_finds_the_rest(
    tripwired, cluster, database, folder, fault_rounds
):
    service, switch = tripwired
    media, staff = folder / "media", service.sign_in()
    assert upload(service, FIRST, staff).status == 200
    kills = 0
    for point in [*POINTS] * fault_rounds:
        switch.write_text(point)
        dies(service, lambda: upload(service, SECOND, staff))
        kills += 1
        assert set(named(database)) <= set(stored(media)), point
        assert len(stored(media)) == len(named(database)) + kills, f"{point}: one orphan for each kill"
    for point in POINTS[2:]:
        assert upload(service, FIRST, staff).status == 200
        switch.write_text(point)
        dies(service, lambda: service.ask("DELETE", f"{KETTLE}image/", Authorization=staff, If_Match="*"))
        assert set(named(database)) <= set(stored(media)), point

    assert f"{kills + 1} orphan(s) found" in sweep(cluster.settings, media)
    assert f"{kills + 1} orphan(s) deleted" in sweep(cluster.settings, media, "--delete")
    assert stored(media) == named(database) == []


def dies(service: Service, request) -> None:
    """The request has no answer, because its worker is gone; the master starts another one."""
    with pytest.raises((ConnectionError, http.client.HTTPException)):
        request()
    wait_for(service, "/health/ready/")


def sweep(settings: dict[str, str], media: Path, *options: str) -> str:
    command = [sys.executable, "manage.py", "sweep_media", "--older-than", "0", *options]
    environment = os.environ | settings | {"MEDIA_ROOT": str(media)}
    return subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True, text=True).stdout
