"""What goes into the page: `demo_api` and exactly the pinned packages that it imports there, without what nobody needs.

The packages are those of this environment, which `requirements.txt` pins. A name in PACKAGES that is not installed is
an error; a package that is missing from PACKAGES shows itself when the build boots the API.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from importlib.metadata import distribution
from pathlib import Path

from hub.source import ROOT

# Distributions whose modules the API imports in the page. Not here, because they cannot run there or are not asked for:
# gunicorn, psycopg, Pillow, tqdm, jsonschema.
PACKAGES = (
    "asgiref",
    "Django",
    "django-cors-headers",
    "django-csp",
    "django-rest-knox",
    "djangorestframework",
    "drf-spectacular",
    "drf-spectacular-sidecar",
    "inflection",
    "packaging",
    "python-dotenv",
    "PyYAML",
    "sqlparse",
    "typing-extensions",
    "tzdata",
    "uritemplate",
    "whitenoise",
)
# Folders of the packages that the API in the page never imports.
LEFT_OUT = (
    "django/conf/app_template/",
    "django/conf/project_template/",
    "django/contrib/flatpages/",
    "django/contrib/gis/",
    "django/contrib/humanize/",
    "django/contrib/postgres/",
    "django/contrib/redirects/",
    "django/contrib/sitemaps/",
    "django/contrib/syndication/",
    "django/core/management/commands/",
    "django/db/backends/mysql/",
    "django/db/backends/oracle/",
    "django/db/backends/postgresql/",
    "packaging/licenses/",
    "rest_framework/management/",
    "tzdata/zoneinfo/",
)
# What these packages read besides their modules.
DATA = {
    "django/contrib/auth/common-passwords.txt.gz",  # the password validator's list
    "tzdata/zoneinfo/__init__.py",
    "tzdata/zoneinfo/UTC",
}
OUR_DATA = (".json", ".html")


def collect(target: Path) -> int:
    """Copy everything into `target`, emptied first; return how many files. Raises PackageNotFoundError."""
    shutil.rmtree(target, ignore_errors=True)
    count = 0
    for name, source in [*package_files(), *own_files()]:
        copy = target / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, copy)
        count += 1
    return count


def package_files() -> Iterator[tuple[str, Path]]:
    """Each file to take from the installed packages: its name below site-packages, and where it is."""
    for package in PACKAGES:
        for file in distribution(package).files or ():
            name = file.as_posix()
            if wanted(name):
                yield name, Path(str(file.locate()))


def wanted(name: str) -> bool:
    """Whether a file of a package goes into the page."""
    if name in DATA:
        return True
    if "/locale/" in name and not name.startswith(("django/conf/locale/__init__", "django/conf/locale/en/")):
        return False
    return name.endswith(".py") and not name.startswith(("..", *LEFT_OUT)) and "/tests/" not in name


def own_files() -> Iterator[tuple[str, Path]]:
    """Each file of `demo_api` that goes into the page."""
    for path in sorted((ROOT / "demo_api").rglob("*")):
        name = path.relative_to(ROOT).as_posix()
        if path.is_file() and (path.suffix == ".py" or path.suffix in OUR_DATA) and "/seed/" not in name:
            yield name, path
