"""What the resolvers of one request share: who asks, and the tree of categories once somebody needed it."""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeAlias, cast

import strawberry
from django.contrib.auth.models import User
from django.db.models import Model
from rest_framework.request import Request

from demo_api.catalog import selectors
from demo_api.catalog.models import Category, Product
from demo_api.nexus.problems import Problem

MOST_CATEGORIES = 1_000  # in a tree that is drawn whole


class Tree:
    """Every category, from one query: parents and children are looked up here, however deep a request goes."""

    def __init__(self, categories: Iterable[Category]) -> None:
        self.by_id: dict[int, Category] = {}
        self.below: dict[int | None, list[Category]] = defaultdict(list)
        self.introduced: dict[tuple[str, int], Sequence[Model]] = {}
        for category in categories:
            self.by_id[category.pk] = category
            self.below[category.parent_id].append(category)

    def top(self) -> list[Category]:
        """The categories that have no parent, by name."""
        introduce(self.below[None])
        return self.below[None]

    def parent(self, category: Category) -> Category | None:
        """The category above; None at the top."""
        self.introduce_once("parent", category, self.parents_of)
        return next(iter(self.parents_of(category)), None)

    def children(self, category: Category) -> list[Category]:
        """Those directly below, by name."""
        self.introduce_once("children", category, self.children_of)
        return self.children_of(category)

    def parents_of(self, category: Category) -> list[Category]:
        known = self.by_id.get(category.pk)
        return [self.by_id[known.parent_id]] if known and known.parent_id else []

    def children_of(self, category: Category) -> list[Category]:
        return self.below[category.pk]

    def introduce_once(self, way: str, category: Category, step: Callable[[Category], list[Category]]) -> None:
        """What all peers of a category lead to are peers too."""
        together = peers(category)
        if (way, id(together)) not in self.introduced:
            self.introduced[way, id(together)] = together  # kept, so that no other list gets its id
            introduce([found for peer in together for found in step(cast(Category, peer))])


@dataclass
class Context:
    """`info.context` of every resolver."""

    request: Request
    pages: dict[Hashable, dict[int, list[Product]]] = field(default_factory=dict)

    @property
    def user(self) -> User | None:
        """The account that asks, or None for a caller that is not signed in."""
        user = self.request.user
        return user if isinstance(user, User) else None

    @property
    def is_staff(self) -> bool:
        return bool(self.user and self.user.is_staff)

    @cached_property
    def tree(self) -> Tree:
        """Raises Problem invalid-input beyond MOST_CATEGORIES."""
        found = list(selectors.categories().select_related(None)[: MOST_CATEGORIES + 1])
        if len(found) > MOST_CATEGORIES:
            raise Problem("invalid-input", f"There are more than {MOST_CATEGORIES} categories: list them over REST.")
        return Tree(found)


Info: TypeAlias = strawberry.Info[Context, None]


# Peers ------------------------------------------------------------------------------------------------------------


def introduce(rows: Sequence[Model]) -> None:
    """Tells each of these rows, which were loaded together, of the others: what one needs, all get by one query."""
    for row in rows:
        row._peers = rows  # type: ignore[attr-defined]
    related = [row._state.fields_cache.get("category") for row in rows]
    if categories := [category for category in related if category is not None]:
        introduce(categories)


def peers(row: Model) -> Sequence[Model]:
    """The rows that were loaded together with this one, itself among them."""
    known: Sequence[Model] = getattr(row, "_peers", (row,))
    return known
