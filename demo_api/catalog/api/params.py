"""The query parameters of the lists, with their ranges: what is checked here is what the documentation prints."""

from decimal import Decimal
from typing import Any

from rest_framework import serializers

from demo_api.catalog.models import HIGHEST_PRICE, Category
from demo_api.catalog.selectors import LONGEST_SEARCH, MOST_SEARCH_WORDS
from demo_api.rest.params import QueryParams

CURSOR_HELP = "Where to go on: take it from `next` or `previous` of this list."


class PageParams(QueryParams):
    """What every list takes."""

    cursor = serializers.CharField(required=False, max_length=1500, help_text=CURSOR_HELP)
    page_size = serializers.IntegerField(
        required=False, default=20, min_value=1, max_value=100, help_text="How many results a page has."
    )


class ProductParams(PageParams):
    """The filters and orderings of the product list."""

    category = serializers.SlugRelatedField(
        slug_field="slug",
        queryset=Category.objects.all(),
        required=False,
        error_messages={"does_not_exist": "There is no category with this slug."},
        help_text="A category's slug: the products in it and in every category below it.",
    )
    min_price = serializers.DecimalField(
        max_digits=9,
        decimal_places=2,
        min_value=Decimal(0),
        max_value=Decimal(HIGHEST_PRICE),
        required=False,
        help_text="The lowest price, included.",
    )
    max_price = serializers.DecimalField(
        max_digits=9,
        decimal_places=2,
        min_value=Decimal(0),
        max_value=Decimal(HIGHEST_PRICE),
        required=False,
        help_text="The highest price, included.",
    )
    in_stock = serializers.ChoiceField(
        choices=["true", "false"], required=False, help_text="`true`: stock left; `false`: sold out."
    )
    search = serializers.CharField(
        max_length=LONGEST_SEARCH,
        required=False,
        help_text=f"Words, at most {MOST_SEARCH_WORDS}, that the name or the description must hold, in any case.",
    )
    ordering = serializers.ChoiceField(
        choices=["-created_at", "created_at", "price", "-price", "name", "-name"],
        required=False,
        default="-created_at",
        help_text="What to sort by; a minus sign turns it round.",
    )

    def validate_search(self, value: str) -> str:
        if len(value.split()) > MOST_SEARCH_WORDS:
            raise serializers.ValidationError(f"At most {MOST_SEARCH_WORDS} words.", code="max_words")
        return value

    def validate_in_stock(self, value: str) -> bool:
        return value == "true"

    def validate(self, params: dict[str, Any]) -> dict[str, Any]:
        low, high = params.get("min_price"), params.get("max_price")
        if low is not None and high is not None and low > high:
            raise serializers.ValidationError({"min_price": ["min_price is higher than max_price."]}, code="range")
        return params


class NameOrderedParams(PageParams):
    """The category list, which comes by name."""

    ordering = serializers.ChoiceField(
        choices=["name", "-name"], required=False, default="name", help_text="What to sort by."
    )
