"""What can stop an import, or the request that asks for one. Nothing here knows HTTP."""

from typing import Any

from demo_api.nexus.errors import DomainError


class BadFile(DomainError):
    """The file as a whole cannot be imported; the message says what to mend."""

    code = "invalid-csv"

    @property
    def detail(self) -> str:
        return str(self)


class LeaseLost(Exception):
    """Another run has the import, or it was cancelled: whatever this run has not committed is not to be."""


class QueueFull(DomainError):
    """As many imports wait as may."""

    code = "queue-full"
    retry_after = 60  # seconds

    def __init__(self, *, limit: int) -> None:
        self.limit = limit
        super().__init__(limit)

    @property
    def detail(self) -> str:
        return f"{self.limit} imports are waiting, and that is the limit."

    @property
    def facts(self) -> dict[str, Any]:
        return {"limit": self.limit}


class KeyReused(DomainError):
    """An idempotency key came back with another file."""

    code = "idempotency-key-reused"

    @property
    def detail(self) -> str:
        return "This Idempotency-Key was first sent with another file."


class NotRetryable(DomainError):
    """There is nothing to try again."""

    code = "import-not-retryable"

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)

    @property
    def detail(self) -> str:
        return self.reason
