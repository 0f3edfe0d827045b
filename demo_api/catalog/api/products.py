"""`/api/v1/products/`: reads are public, writes are for staff and say which version they change."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from demo_api.catalog import images, selectors, services
from demo_api.catalog.api.docs import IF_MATCH, conditional_read
from demo_api.catalog.api.params import ProductParams
from demo_api.catalog.api.serializers import (
    ImageSerializer,
    ProductPageSerializer,
    ProductSerializer,
    ProductWriteSerializer,
)
from demo_api.catalog.models import Product
from demo_api.catalog.version import catalogue_version
from demo_api.rest.caching import kept_for_anyone
from demo_api.rest.conditional import require_match, validated
from demo_api.rest.pages import keyset_page
from demo_api.rest.params import NoParams
from demo_api.rest.policy import IMAGE_BODY, JSON_BODY, Who, endpoint
from demo_api.rest.views import ApiView

CHANGE_PROBLEMS = ("not-found", "invalid-input", "precondition-required", "precondition-failed")


class ProductView(ApiView):
    """What the views of one product share."""

    def product(self, slug: str) -> Product:
        """The product, if this caller may see it. Raises NotFound."""
        found = selectors.products(include_inactive=bool(self.request.user.is_staff)).filter(slug=slug).first()
        if found is None:
            raise NotFound(f"There is no product {slug!r}.")
        return found

    def represent(self, product: Product) -> dict[str, Any]:
        return dict(ProductSerializer(product, context={"request": self.request}).data)

    def precondition(self, product: Product) -> None:
        """What a write must pass once the row is locked: `If-Match` names the representation as it is now."""
        require_match(self.request, self.represent(product))

    def answer(self, product: Product, **kwargs: Any) -> Response:
        moved = max(product.updated_at, product.category.updated_at)
        return validated(self.represent(product), last_modified=moved, **kwargs)


class ProductListView(ProductView):
    @extend_schema(
        operation_id="list_products",
        summary="List products",
        description=(
            "Active products, a page at a time, newest first; staff see inactive ones too. The pages are walked by "
            "`next`: a page costs the same however deep it lies. Prices are compared as numbers, whatever the currency."
        ),
        tags=["products"],
        parameters=[ProductParams, *conditional_read],
        responses={200: ProductPageSerializer, 304: None},
    )
    @endpoint(who=Who.ANYONE, throttle="read")
    @kept_for_anyone(version=catalogue_version)
    def get(self, request: Request) -> Response:
        params = ProductParams.read(request)
        filters = {name: params[name] for name in FILTERS if name in params}
        changed = selectors.catalogue_last_modified()
        listed = selectors.products(include_inactive=bool(request.user.is_staff))
        page = keyset_page(selectors.filtered_products(listed, **filters), request, params, ordering=params["ordering"])
        return validated(page.document(ProductSerializer, request), last_modified=changed)

    @extend_schema(
        operation_id="create_product",
        summary="Create a product",
        description="A new product. Its picture is put afterwards, at `image/` below the product's address.",
        tags=["products"],
        request=ProductWriteSerializer,
        responses={201: ProductSerializer},
    )
    @endpoint(who=Who.STAFF, throttle="write", body=JSON_BODY)
    def post(self, request: Request) -> Response:
        form = ProductWriteSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        product = services.create_product(fields=form.validated_data)
        location = request.build_absolute_uri(f"{request.path}{product.slug}/")
        return self.answer(product, status=status.HTTP_201_CREATED, headers={"Location": location})


FILTERS = ("category", "min_price", "max_price", "in_stock", "search")


class ProductDetailView(ProductView):
    @extend_schema(
        operation_id="read_product",
        summary="Read a product",
        description="One product by its slug.",
        tags=["products"],
        parameters=conditional_read,
        responses={200: ProductSerializer, 304: None},
    )
    @endpoint(who=Who.ANYONE, throttle="read", problems=("not-found", "invalid-input"))
    @kept_for_anyone(version=catalogue_version)
    def get(self, request: Request, slug: str) -> Response:
        NoParams.read(request)
        return self.answer(self.product(slug))

    @extend_schema(
        operation_id="replace_product",
        summary="Replace a product",
        description="Sets every member: what is left out goes back to its default. The slug and the picture stay.",
        tags=["products"],
        parameters=[IF_MATCH],
        request=ProductWriteSerializer,
        responses={200: ProductSerializer},
    )
    @endpoint(who=Who.STAFF, throttle="write", body=JSON_BODY, problems=CHANGE_PROBLEMS)
    def put(self, request: Request, slug: str) -> Response:
        return self.change(slug, partial=False)

    @extend_schema(
        operation_id="update_product",
        summary="Change some members of a product",
        description="Sets the members that are sent and leaves the others as they are.",
        tags=["products"],
        parameters=[IF_MATCH],
        request=ProductWriteSerializer,
        responses={200: ProductSerializer},
    )
    @endpoint(who=Who.STAFF, throttle="write", body=JSON_BODY, problems=CHANGE_PROBLEMS)
    def patch(self, request: Request, slug: str) -> Response:
        return self.change(slug, partial=True)

    @extend_schema(
        operation_id="delete_product",
        summary="Delete a product",
        description="Deletes the product and its picture. Refused while active reservations hold it.",
        tags=["products"],
        parameters=[IF_MATCH],
        responses={204: None},
    )
    @endpoint(who=Who.STAFF, throttle="write", problems=(*CHANGE_PROBLEMS, "product-reserved"))
    def delete(self, request: Request, slug: str) -> Response:
        services.delete_product(product=self.product(slug), precondition=self.precondition)
        return Response(status=status.HTTP_204_NO_CONTENT)

    def change(self, slug: str, *, partial: bool) -> Response:
        product = self.product(slug)
        form = ProductWriteSerializer(product, data=self.request.data, partial=partial)
        form.is_valid(raise_exception=True)
        changed = services.update_product(product=product, fields=form.validated_data, precondition=self.precondition)
        return self.answer(changed)


class ProductImageView(ProductView):
    @extend_schema(
        operation_id="put_product_image",
        summary="Put a product's picture",
        description=(
            "Replaces the picture. It is checked before it is decoded, written again without its metadata, and stored "
            "under a name of the service's own; the response's `image` is its address."
        ),
        tags=["products"],
        parameters=[IF_MATCH],
        request={"multipart/form-data": ImageSerializer},
        responses={200: ProductSerializer},
    )
    @endpoint(who=Who.STAFF, throttle="upload", body=IMAGE_BODY, problems=(*CHANGE_PROBLEMS, "insufficient-storage"))
    def put(self, request: Request, slug: str) -> Response:
        product = self.product(slug)
        form = ImageSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        try:
            changed, reencoded = services.set_product_image(
                product=product, data=form.validated_data["image"].read(), precondition=self.precondition
            )
        except images.InvalidImage as error:
            raise serializers.ValidationError({"image": [str(error)]}, code="invalid_image") from None
        note = {} if reencoded else {"Image-Processing": "stored as sent: re-encoding is not available here"}
        return self.answer(changed, headers=note)

    @extend_schema(
        operation_id="delete_product_image",
        summary="Take a product's picture away",
        description="Deletes the picture; a product without one stays as it is.",
        tags=["products"],
        parameters=[IF_MATCH],
        responses={204: None},
    )
    @endpoint(who=Who.STAFF, throttle="write", problems=CHANGE_PROBLEMS)
    def delete(self, request: Request, slug: str) -> Response:
        services.remove_product_image(product=self.product(slug), precondition=self.precondition)
        return Response(status=status.HTTP_204_NO_CONTENT)
