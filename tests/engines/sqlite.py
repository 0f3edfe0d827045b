"""A seeded SQLite database for a service of a test: a copy, for to migrate and to seed takes seconds."""

import shutil
from pathlib import Path

from hub.capture import seed_folder


def seeded_copy(folder: Path) -> dict[str, str]:
    """Return the settings of a service on a database and pictures of its own in this folder, as `manage.py seed` leaves
    them. Raises CaptureError when the API does not start.
    """
    made = seed_folder()
    database, media = folder / "db.sqlite3", folder / "media"
    shutil.copyfile(made / "seed.sqlite3", database)
    shutil.copytree(made / "media", media)
    return {"SQLITE_PATH": str(database), "MEDIA_ROOT": str(media), "POSTGRES_HOST": ""}
