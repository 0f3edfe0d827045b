"""A password validator that finds its list wherever Python finds its packages."""

import gzip
from functools import cache
from importlib.resources import files

from django.contrib.auth import password_validation


@cache
def common_passwords() -> set[str]:
    """Django's 20,000 common passwords. Django opens a file; in the page its packages are in a zip."""
    packed = files("django.contrib.auth").joinpath("common-passwords.txt.gz").read_bytes()
    return set(gzip.decompress(packed).decode("utf-8").split())


class CommonPasswordValidator(password_validation.CommonPasswordValidator):
    """Refuses a common password, as Django's own does."""

    def __init__(self) -> None:
        self.passwords = common_passwords()
