"""The known differences that no answer shows: true in the page, and false on a server."""

import shutil

import pytest

from hub.differences import KNOWN_DIFFERENCES
from hub.page_api.build import WORK
from tests.parity.boot import built, in_page, under_cpython
from tests.parity.probes import PROBES, id_of

AROUND = [difference.id for difference in KNOWN_DIFFERENCES if not difference.seen]


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, bool]]:
    built()
    folder = tmp_path_factory.mktemp("probes")
    shutil.copyfile(WORK / "packed" / "database.sqlite3", folder / "database.sqlite3")
    base = "https://reader.example"
    return {
        "server": under_cpython(folder, base, "probes.probe"),
        "page": in_page(folder, "snapshot", base, "probes.probe"),
    }


def test_each_has_a_probe_and_each_probe_is_listed():
    assert [id_of(check) for check in PROBES] == AROUND


@pytest.mark.parametrize("name", AROUND)
def test_it_is_so_in_the_page(found, name):
    assert found["page"][name] is True


@pytest.mark.parametrize("name", AROUND)
def test_it_is_not_so_on_a_server(found, name):
    assert found["server"][name] is False
