"""What can go wrong with an account."""

from demo_api.nexus.errors import DomainError


class WrongCredentials(DomainError):
    """The user name and the password do not belong together, or the account is shut."""

    code = "wrong-credentials"

    @property
    def detail(self) -> str:
        return "The user name or the password is wrong."
