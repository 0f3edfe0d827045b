"""What a service raises when a rule of the domain says no. It carries data and knows nothing of HTTP."""

from typing import Any, ClassVar


class DomainError(Exception):
    """A rule was broken. `code` names the problem type (`problems.PROBLEM_TYPES`); subclasses carry the facts."""

    code: ClassVar[str]
    retry_after: ClassVar[int | None] = None  # seconds after which the same may be allowed

    @property
    def detail(self) -> str:
        """One sentence for the person who reads the answer."""
        raise NotImplementedError

    @property
    def facts(self) -> dict[str, Any]:
        """JSON-ready members that a program can act on; they stand beside `detail` in the problem document."""
        return {}


class InvalidFields(DomainError):
    """Some members of the input were refused by a rule that only a service can check."""

    code = "invalid-input"

    def __init__(self, messages: dict[str, list[str]]) -> None:
        self.messages = messages
        super().__init__(messages)

    @property
    def detail(self) -> str:
        return "Some members of the request are not acceptable; `errors` says which and why."

    @property
    def facts(self) -> dict[str, Any]:
        return {
            "errors": [
                {"pointer": f"/{field}", "detail": message, "code": "invalid"}
                for field, messages in self.messages.items()
                for message in messages
            ]
        }
