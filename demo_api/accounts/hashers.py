"""The password hasher of the reader's own browser tab, where the standard ones do not exist."""

from typing import Any

from django.contrib.auth.hashers import BasePasswordHasher, mask_hash
from django.utils.crypto import constant_time_compare, salted_hmac


class DemoHasher(BasePasswordHasher):
    """A salted HMAC: fast, and therefore no protection for a stolen password.

    Settings use it only with DJANGO_ENV=browser, where the one database holds demo accounts and never leaves the tab.
    """

    algorithm = "demo"

    def encode(self, password: str, salt: str) -> str:
        digest = salted_hmac(salt, password, secret=self.algorithm, algorithm="sha256").hexdigest()
        return f"{self.algorithm}${salt}${digest}"

    def verify(self, password: str, encoded: str) -> bool:
        return bool(constant_time_compare(encoded, self.encode(password, self.decode(encoded)["salt"])))

    def decode(self, encoded: str) -> dict[str, str]:
        algorithm, salt, digest = encoded.split("$", 2)
        return {"algorithm": algorithm, "salt": salt, "hash": digest}

    def safe_summary(self, encoded: str) -> dict[Any, Any]:
        parts = self.decode(encoded)
        return {"algorithm": parts["algorithm"], "salt": mask_hash(parts["salt"]), "hash": mask_hash(parts["hash"])}

    def harden_runtime(self, password: str, encoded: str) -> None:
        """Nothing: there is no work factor to even out."""
