"""The run that most tests here look at."""

import pytest

from tests.parity.recording import Recording, record


@pytest.fixture(scope="session")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Recording:
    """Every request of tests/api that a page can make, with both answers (`recording.py`)."""
    return record(tmp_path_factory.mktemp("parity"))
