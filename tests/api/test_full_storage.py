"""No room for a picture: 507, no orphan, no change. With a real full disk: tests/integration/faults/test_storage.py."""

import errno

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage

from tests.api.world import fingerprint, picture, problem, stored_files, upload


@pytest.fixture
def full(monkeypatch):
    """A disk that takes the first half of each file, then says this."""

    def full(code):
        def chunks(self, chunk_size=None):
            data = self.read()
            yield data[: len(data) // 2]
            raise OSError(code, "as the system says it")

        monkeypatch.setattr(ContentFile, "chunks", chunks)

    return full


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG])
def test_a_picture_that_finds_no_room_is_a_507_and_leaves_nothing(staff, shop, full, code):
    before = fingerprint()
    full(code)
    problem(upload(staff, "kettle", picture()), 507, "insufficient-storage")
    assert fingerprint() == before


def test_the_picture_before_stays(staff, shop, full, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        address = upload(staff, "kettle", picture()).json()["image"]
    full(errno.ENOSPC)
    with django_capture_on_commit_callbacks(execute=True):
        problem(upload(staff, "kettle", picture(size=(9, 9))), 507, "insufficient-storage")
    assert staff.get("/api/v1/products/kettle/").json()["image"] == address
    assert staff.get(address).status_code == 200


def test_another_fault_of_the_disk_is_no_matter_of_room(staff, shop, full):
    staff.raise_request_exception = False
    full(errno.EIO)
    problem(upload(staff, "kettle", picture()), 500, "internal-error")
    assert stored_files() == []


def test_a_file_that_cannot_be_deleted_does_not_undo_what_was_done(
    staff, shop, monkeypatch, caplog, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        upload(staff, "kettle", picture())

    def fail(self, name):
        raise PermissionError(errno.EACCES, "read-only", name)

    monkeypatch.setattr(FileSystemStorage, "delete", fail)
    with django_capture_on_commit_callbacks(execute=True):
        assert upload(staff, "kettle", picture(size=(9, 9))).status_code == 200
    assert "could not be deleted" in caplog.text
    assert len(stored_files()) == 2
