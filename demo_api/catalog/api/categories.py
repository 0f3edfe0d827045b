"""`/api/v1/categories/`: the tree that products hang on."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from demo_api.catalog import selectors, services
from demo_api.catalog.api.docs import IF_MATCH, conditional_read
from demo_api.catalog.api.params import NameOrderedParams
from demo_api.catalog.api.products import CHANGE_PROBLEMS
from demo_api.catalog.api.serializers import CategoryPageSerializer, CategorySerializer, CategoryWriteSerializer
from demo_api.catalog.models import Category
from demo_api.rest.conditional import require_match, validated
from demo_api.rest.pages import keyset_page
from demo_api.rest.params import NoParams
from demo_api.rest.policy import JSON_BODY, Who, endpoint
from demo_api.rest.views import ApiView


class CategoryView(ApiView):
    """What the views of categories share."""

    def category(self, slug: str) -> Category:
        found = selectors.categories().filter(slug=slug).first()
        if found is None:
            raise NotFound(f"There is no category {slug!r}.")
        return found

    def precondition(self, category: Category) -> None:
        """What a write must pass once the row is locked: `If-Match` names the representation as it is now."""
        require_match(self.request, CategorySerializer(category).data)

    def answer(self, category: Category, **kwargs: Any) -> Response:
        return validated(CategorySerializer(category).data, last_modified=category.updated_at, **kwargs)


class CategoryListView(CategoryView):
    @extend_schema(
        operation_id="list_categories",
        summary="List categories",
        description="Every category by name, each with the slug of its parent: enough to draw the tree.",
        tags=["categories"],
        parameters=[NameOrderedParams, *conditional_read],
        responses={200: CategoryPageSerializer, 304: None},
    )
    @endpoint(who=Who.ANYONE, throttle="read")
    def get(self, request: Request) -> Response:
        params = NameOrderedParams.read(request)
        changed = selectors.catalogue_last_modified()
        page = keyset_page(selectors.categories(), request, params, ordering=params["ordering"])
        return validated(page.document(CategorySerializer, request), last_modified=changed)

    @extend_schema(
        operation_id="create_category",
        summary="Create a category",
        description="A new category, at the top or below a parent.",
        tags=["categories"],
        request=CategoryWriteSerializer,
        responses={201: CategorySerializer},
    )
    @endpoint(who=Who.STAFF, throttle="write", body=JSON_BODY)
    def post(self, request: Request) -> Response:
        form = CategoryWriteSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        category = services.create_category(fields=form.validated_data)
        location = request.build_absolute_uri(f"{request.path}{category.slug}/")
        return self.answer(category, status=status.HTTP_201_CREATED, headers={"Location": location})


class CategoryDetailView(CategoryView):
    @extend_schema(
        operation_id="read_category",
        summary="Read a category",
        description="One category by its slug.",
        tags=["categories"],
        parameters=conditional_read,
        responses={200: CategorySerializer, 304: None},
    )
    @endpoint(who=Who.ANYONE, throttle="read", problems=("not-found", "invalid-input"))
    def get(self, request: Request, slug: str) -> Response:
        NoParams.read(request)
        return self.answer(self.category(slug))

    @extend_schema(
        operation_id="replace_category",
        summary="Replace a category",
        description="Sets every member: what is left out goes back to its default. The slug stays.",
        tags=["categories"],
        parameters=[IF_MATCH],
        request=CategoryWriteSerializer,
        responses={200: CategorySerializer},
    )
    @endpoint(who=Who.STAFF, throttle="write", body=JSON_BODY, problems=(*CHANGE_PROBLEMS, "category-cycle"))
    def put(self, request: Request, slug: str) -> Response:
        return self.change(slug, partial=False)

    @extend_schema(
        operation_id="update_category",
        summary="Change some members of a category",
        description="Sets the members that are sent. A new `parent` moves the category with all that stands below it.",
        tags=["categories"],
        parameters=[IF_MATCH],
        request=CategoryWriteSerializer,
        responses={200: CategorySerializer},
    )
    @endpoint(who=Who.STAFF, throttle="write", body=JSON_BODY, problems=(*CHANGE_PROBLEMS, "category-cycle"))
    def patch(self, request: Request, slug: str) -> Response:
        return self.change(slug, partial=True)

    @extend_schema(
        operation_id="delete_category",
        summary="Delete a category",
        description="Deletes an empty category. Refused while it holds products or categories.",
        tags=["categories"],
        parameters=[IF_MATCH],
        responses={204: None},
    )
    @endpoint(who=Who.STAFF, throttle="write", problems=(*CHANGE_PROBLEMS, "category-in-use"))
    def delete(self, request: Request, slug: str) -> Response:
        services.delete_category(category=self.category(slug), precondition=self.precondition)
        return Response(status=status.HTTP_204_NO_CONTENT)

    def change(self, slug: str, *, partial: bool) -> Response:
        category = self.category(slug)
        form = CategoryWriteSerializer(category, data=self.request.data, partial=partial)
        form.is_valid(raise_exception=True)
        changed = services.update_category(
            category=category, fields=form.validated_data, precondition=self.precondition
        )
        return self.answer(changed)
