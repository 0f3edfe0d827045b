"""What a caller sends: filters, and the fields of what is created or changed."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import strawberry
from strawberry.utils.str_converters import to_camel_case

from demo_api.catalog import models, selectors
from demo_api.catalog.graphql.problems import invalid_argument
from demo_api.catalog.graphql.scalars import Money
from demo_api.catalog.graphql.types import Currency

NO_SUCH_CATEGORY = "There is no category with this slug."


@strawberry.input(description="Narrows the list of products down, as the parameters of `GET /api/v1/products/` do.")
class ProductFilter:
    category: str | None = strawberry.field(
        default=None, description="A category's slug: the products in it and in every category below it."
    )
    min_price: Money | None = strawberry.field(default=None, description="The lowest price, included.")
    max_price: Money | None = strawberry.field(default=None, description="The highest price, included.")
    in_stock: bool | None = strawberry.field(default=None, description="true: stock left; false: sold out.")
    search: str | None = strawberry.field(
        default=None,
        description=(
            f"Words, at most {selectors.MOST_SEARCH_WORDS}, that the name or the description must hold, in any case."
        ),
    )

    def checked(self) -> dict[str, Any]:
        """The arguments of `selectors.filtered_products`. Raises Problem invalid-input."""
        check_prices(self.min_price, self.max_price)
        category = category_named(self.category, "/filter/category") if self.category is not None else None
        return {
            "category": category,
            "min_price": self.min_price,
            "max_price": self.max_price,
            "in_stock": self.in_stock,
            "search": checked_search(self.search or ""),
        }

    def facts(self) -> list[str]:
        """What decides which products are listed, for the digest in cursors."""
        return [str(value) for value in vars(self).values()]


def check_prices(low: Decimal | None, high: Decimal | None) -> None:
    for name, price in (("minPrice", low), ("maxPrice", high)):
        if price is not None and not 0 <= price <= models.HIGHEST_PRICE:
            raise invalid_argument(f"/filter/{name}", f"A price is from 0 to {models.HIGHEST_PRICE}.", "range")
    if low is not None and high is not None and low > high:
        raise invalid_argument("/filter/minPrice", "minPrice is higher than maxPrice.", "range")


def checked_search(text: str) -> str:
    if len(text) > selectors.LONGEST_SEARCH:
        raise invalid_argument("/filter/search", f"At most {selectors.LONGEST_SEARCH} characters.", "max_length")
    if len(text.split()) > selectors.MOST_SEARCH_WORDS:
        raise invalid_argument("/filter/search", f"At most {selectors.MOST_SEARCH_WORDS} words.", "max_words")
    return text


def category_named(slug: str, pointer: str) -> models.Category:
    """The category. Raises Problem invalid-input when there is none."""
    found = selectors.categories().filter(slug=slug).first()
    if found is None:
        raise invalid_argument(pointer, NO_SUCH_CATEGORY, "does_not_exist")
    return found


# Writing ----------------------------------------------------------------------------------------------------------


@strawberry.input
class ProductInput:
    name: str
    price: Money
    category: str = strawberry.field(description="A category's slug.")
    slug: str | None = strawberry.field(default=None, description="Without one, it is made from the name.")
    description: str = ""
    currency: Currency = models.Currency.EUR  # type: ignore[valid-type]  # mypy takes it for a variable
    stock: int = 0
    is_active: bool = True

    def fields(self) -> dict[str, Any]:
        """What `services.create_product` takes. Raises Problem invalid-input."""
        check_description(self.description, models.Product, "/input")
        return dict(vars(self)) | {
            "slug": checked_slug(self.slug),
            "category": category_named(self.category, "/input/category"),
        }


@strawberry.input(description="What is left out stays as it is. The slug cannot be changed: addresses would break.")
class ProductChanges:
    name: str | None = strawberry.UNSET
    price: Money | None = strawberry.UNSET
    category: str | None = strawberry.UNSET
    description: str | None = strawberry.UNSET
    currency: Currency | None = strawberry.UNSET  # type: ignore[valid-type]  # mypy takes it for a variable
    stock: int | None = strawberry.UNSET
    is_active: bool | None = strawberry.UNSET

    def fields(self) -> dict[str, Any]:
        """What `services.update_product` takes. Raises Problem invalid-input."""
        given = without_nulls(vars(self), "/changes")
        check_description(given.get("description"), models.Product, "/changes")
        if "category" in given:
            given["category"] = category_named(given["category"], "/changes/category")
        return given


@strawberry.input
class CategoryInput:
    name: str
    slug: str | None = strawberry.field(default=None, description="Without one, it is made from the name.")
    description: str = ""
    parent: str | None = strawberry.field(default=None, description="The slug of the category above.")

    def fields(self) -> dict[str, Any]:
        """What `services.create_category` takes. Raises Problem invalid-input."""
        check_description(self.description, models.Category, "/input")
        parent = category_named(self.parent, "/input/parent") if self.parent is not None else None
        return dict(vars(self)) | {"slug": checked_slug(self.slug), "parent": parent}


@strawberry.input(description="What is left out stays as it is. A null `parent` moves the category to the top.")
class CategoryChanges:
    name: str | None = strawberry.UNSET
    description: str | None = strawberry.UNSET
    parent: str | None = strawberry.UNSET

    def fields(self) -> dict[str, Any]:
        """What `services.update_category` takes. Raises Problem invalid-input."""
        given = without_nulls(vars(self), "/changes", but=("parent",))
        check_description(given.get("description"), models.Category, "/changes")
        if given.get("parent") is not None:
            given["parent"] = category_named(given["parent"], "/changes/parent")
        return given


def checked_slug(slug: str | None) -> str:
    """The slug, or an empty text for one that is to be made. Raises Problem invalid-input for one given empty."""
    if slug == "":
        raise invalid_argument("/input/slug", "This field may not be blank.", "blank")
    return slug or ""


def check_description(text: str | None, model: type[models.Product | models.Category], pointer: str) -> None:
    """Raises Problem invalid-input for one that is too long: Django holds only a form's text area to that length."""
    most = model._meta.get_field("description").max_length or 0
    if text is not None and len(text) > most:
        raise invalid_argument(f"{pointer}/description", f"At most {most:,} characters.", "max_length")


def without_nulls(values: Mapping[str, Any], pointer: str, *, but: tuple[str, ...] = ()) -> dict[str, Any]:
    """The members that were given. Raises Problem invalid-input for a null where a value has to stay."""
    given = {name: value for name, value in values.items() if value is not strawberry.UNSET}
    for name, value in given.items():
        if value is None and name not in but:
            raise invalid_argument(f"{pointer}/{to_camel_case(name)}", "This field may not be null.", "null")
    return given
