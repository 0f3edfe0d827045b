"""The rules of the catalogue that a caller can break. Each error carries the facts; nothing here knows HTTP."""

from typing import Any

from demo_api.nexus.errors import DomainError


class InsufficientStock(DomainError):
    """Fewer items are left than were asked for."""

    code = "insufficient-stock"

    def __init__(self, *, product: str, requested: int, available: int) -> None:
        self.product, self.requested, self.available = product, requested, available
        super().__init__(product, requested, available)

    @property
    def detail(self) -> str:
        return f"{self.requested} of {self.product!r} were asked for and {self.available} are left."

    @property
    def facts(self) -> dict[str, Any]:
        return {"requested": self.requested, "available": self.available}


class ReservationLimit(DomainError):
    """The account holds as many active reservations as it may."""

    code = "reservation-limit"

    def __init__(self, *, limit: int) -> None:
        self.limit = limit
        super().__init__(limit)

    @property
    def detail(self) -> str:
        return f"You hold {self.limit} active reservations, and that is the limit."

    @property
    def facts(self) -> dict[str, Any]:
        return {"limit": self.limit}


class ProductReserved(DomainError):
    """Somebody holds stock of the product, so it cannot be deleted."""

    code = "product-reserved"

    def __init__(self, *, reservations: int) -> None:
        self.reservations = reservations
        super().__init__(reservations)

    @property
    def detail(self) -> str:
        return f"{self.reservations} active reservation(s) hold this product."

    @property
    def facts(self) -> dict[str, Any]:
        return {"reservations": self.reservations}


class CategoryInUse(DomainError):
    """The category holds products or other categories, so it cannot be deleted."""

    code = "category-in-use"

    def __init__(self, *, products: int, categories: int) -> None:
        self.products, self.categories = products, categories
        super().__init__(products, categories)

    @property
    def detail(self) -> str:
        return f"The category holds {self.products} product(s) and {self.categories} categories."

    @property
    def facts(self) -> dict[str, Any]:
        return {"products": self.products, "categories": self.categories}


class CategoryCycle(DomainError):
    """The parent asked for is the category itself or stands below it."""

    code = "category-cycle"

    def __init__(self, *, category: str, parent: str) -> None:
        self.category, self.parent = category, parent
        super().__init__(category, parent)

    @property
    def detail(self) -> str:
        return f"{self.parent!r} is {self.category!r} itself or stands below it."


class KeyReused(DomainError):
    """An idempotency key came back with a different request."""

    code = "idempotency-key-reused"

    @property
    def detail(self) -> str:
        return "This Idempotency-Key was first sent with another product or quantity."
