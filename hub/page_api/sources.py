"""What goes into the page: `demo_api` and exactly the pinned packages that it imports there, without what nobody needs.

The packages are those of this environment, which `requirements.txt` pins. A name in PACKAGES that is not installed is
an error; a package that is missing from PACKAGES shows itself when the build boots the API.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator
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
# What /graphql/ needs besides: an archive of its own, which is loaded by the first request to it.
GRAPHQL_PACKAGES = (
    "cross-web",
    "graphql-core",
    "python-dateutil",
    "six",
    "strawberry-graphql",
    "strawberry-graphql-django",
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
    "strawberry/aiohttp/",
    "strawberry/asgi/",
    "strawberry/chalice/",
    "strawberry/channels/",
    "strawberry/cli/",
    "strawberry/codegen/",
    "strawberry/codemods/",
    "strawberry/ext/",
    "strawberry/fastapi/",
    "strawberry/flask/",
    "strawberry/litestar/",
    "strawberry/pydantic/",
    "strawberry/quart/",
    "strawberry/sanic/",
    "strawberry/static/",
    "strawberry_django/management/",
    "strawberry_django/templates/",
    "strawberry_django/test/",
    "tzdata/zoneinfo/",
)
# What these packages read besides their modules.
DATA = {
    "django/contrib/auth/common-passwords.txt.gz",  # the password validator's list
    "tzdata/zoneinfo/__init__.py",
    "tzdata/zoneinfo/UTC",
}
OUR_DATA = (".json", ".html")


# strawberry asks for Django's geographic fields, and does without them only when Django says that it is not set up.
WITHOUT_GIS = {
    "django/contrib/gis/__init__.py": "",
    "django/contrib/gis/geos/__init__.py": (
        "from django.core.exceptions import ImproperlyConfigured\n\nraise ImproperlyConfigured\n"
    ),
}


def collect(target: Path) -> int:
    """Copy everything but GraphQL into `target`, emptied first; return how many files. Raises PackageNotFoundError."""
    return copy_all([*package_files(PACKAGES), *own_files()], target)


def collect_graphql(target: Path) -> int:
    """Copy the packages that only /graphql/ needs into `target`, emptied first; return how many files."""
    count = copy_all(package_files(GRAPHQL_PACKAGES), target)
    for name, text in WITHOUT_GIS.items():
        file = target / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return count + len(WITHOUT_GIS)


def copy_all(files: Iterable[tuple[str, Path]], target: Path) -> int:
    """Copy files under their names into `target`, emptied first; return how many."""
    shutil.rmtree(target, ignore_errors=True)
    count = 0
    for name, source in files:
        copy = target / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, copy)
        count += 1
    return count


def package_files(packages: Iterable[str]) -> Iterator[tuple[str, Path]]:
    """Each file to take from these installed packages: its name below site-packages, and where it is."""
    for package in packages:
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
