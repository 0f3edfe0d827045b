"""The admin, for catalogue staff. What it writes goes through the services, so the rules are those of the API."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.views.main import ORDER_VAR, ChangeList
from django.db import transaction
from django.db.models import Count, Model, Q, QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html

from demo_api.catalog import selectors, services
from demo_api.catalog.admin_forms import (
    STEP,
    CarefulForm,
    CategoryChoice,
    CategoryForm,
    CategoryPaths,
    ProductForm,
    category_field,
    category_paths,
)
from demo_api.catalog.models import Category, Product, Reservation
from demo_api.nexus.errors import DomainError

admin.site.site_header = "Project Nexus catalogue"
admin.site.site_title = "Project Nexus catalogue"
admin.site.index_title = "What would you like to change?"


class TreeChangeList(ChangeList):
    """Gives each row of a list its category's path, in one query for the page, and categories the tree's order."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        paths = category_paths()
        for row in self.result_list:
            row.category_path = paths.get(row.category_id if isinstance(row, Product) else row.pk, "")
        if self.model is Category and ORDER_VAR not in self.params:
            self.result_list = sorted(self.result_list, key=lambda row: row.category_path)


class CatalogueAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """What products and categories share: writes by services, and a rule that says no is a message, not a fault."""

    list_per_page = 50
    show_full_result_count = False  # counting a million rows twice for one line of text
    readonly_fields = ("created_at", "updated_at")

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return TreeChangeList

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """A slug stays: addresses would break."""
        return [*self.readonly_fields, *(["slug"] if obj else [])]

    def get_prepopulated_fields(self, request: HttpRequest, obj: Any = None) -> dict[str, Sequence[str]]:
        return {} if obj else {"slug": ("name",)}

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest | None, **kwargs: Any) -> Any:
        return category_field(db_field)

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if isinstance(field, CategoryChoice):
            field.widget.can_delete_related = False  # too near to "change", and almost always refused
        return field

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        return self.or_message(request, super().changeform_view, *args, **kwargs)

    def delete_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        return self.or_message(request, super().delete_view, *args, **kwargs)

    def changelist_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        return self.or_message(request, super().changelist_view, *args, **kwargs)

    def or_message(self, request: HttpRequest, view: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """The view's answer; or, when a rule was broken between the form's check and the write, why it was refused."""
        try:
            answer: HttpResponseBase = view(request, *args, **kwargs)
            return answer
        except DomainError as error:
            self.message_user(request, f"Nothing was changed. {error.detail}", messages.ERROR)
            return HttpResponseRedirect(request.get_full_path())

    def get_deleted_objects(
        self, objs: Any, request: HttpRequest
    ) -> tuple[list[str], dict[str, int], set[str], list[str]]:
        """What the confirmation page lists: what goes, how many of each kind, and what stands in the way."""
        rows = list(objs)
        name = str(self.opts.verbose_name if len(rows) == 1 else self.opts.verbose_name_plural)
        denied = set() if self.has_delete_permission(request) else {str(self.opts.verbose_name)}
        return [str(row) for row in rows], {name: len(rows)}, denied, list(self.obstacles(rows))

    def obstacles(self, rows: list[Any]) -> Iterable[str]:
        """One sentence for each row that cannot be deleted."""
        raise NotImplementedError

    @transaction.atomic
    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Model]) -> None:
        """All of them, or, when one is refused, none."""
        for row in queryset:
            self.delete_model(request, row)


# Products ---------------------------------------------------------------------------------------------------------


class CategoryFilter(admin.SimpleListFilter):
    """Products in a category or anywhere below it."""

    title = "category"
    parameter_name = "category"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        paths = category_paths()
        rows = Category.objects.values_list("pk", "slug", "name")
        return [
            (slug, "\u2003" * paths[pk].count(STEP) + name)
            for pk, slug, name in sorted(rows, key=lambda r: paths[r[0]])
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Product]) -> QuerySet[Product]:
        if not self.value():
            return queryset
        category = Category.objects.filter(slug=self.value()).first()
        return selectors.filtered_products(queryset, category=category) if category else queryset.none()


class StockFilter(admin.SimpleListFilter):
    title = "stock"
    parameter_name = "in_stock"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("true", "In stock"), ("false", "Sold out")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Product]) -> QuerySet[Product]:
        wanted = {"true": True, "false": False}.get(self.value() or "")
        return selectors.filtered_products(queryset, in_stock=wanted)


@admin.register(Product)
class ProductAdmin(CatalogueAdmin):
    form = ProductForm
    list_display = ["picture", "name", "where", "amount", "stock", "is_active"]
    list_display_links = ["picture", "name"]
    list_filter = [StockFilter, "is_active", CategoryFilter]
    search_fields = ["name", "slug"]
    search_help_text = "Words of the name, or a slug."
    ordering = ["-created_at", "-id"]
    actions = ["put_on_sale", "take_off_sale"]
    readonly_fields = ("preview", "uuid", "created_at", "updated_at")  # type: ignore[assignment]
    fieldsets = [
        (None, {"fields": ["name", "slug", "category", "description"]}),
        ("Sale", {"fields": [("price", "currency"), "stock", "is_active"]}),
        ("Picture", {"fields": ["preview", "image"]}),
        ("Record", {"fields": ["uuid", "created_at", "updated_at"]}),
    ]

    @admin.display(description="")
    def picture(self, product: Product) -> str:
        return image_tag(product, height=44)

    @admin.display(description="Picture now")
    def preview(self, product: Product) -> str:
        return image_tag(product, height=240) or "None yet."

    @admin.display(description="category", ordering="category__name")
    def where(self, product: Any) -> str:
        return str(product.category_path)

    @admin.display(description="price", ordering="price")
    def amount(self, product: Product) -> str:
        return f"{product.price} {product.currency}"

    def save_model(self, request: HttpRequest, obj: Product, form: CarefulForm, change: bool) -> None:
        image = form.cleaned_data["image"] if "image" in form.changed_data else None
        if change:
            product = services.update_product(product=obj, fields=form.changes)
        else:
            product = services.create_product(
                fields={name: value for name, value in form.cleaned_data.items() if name != "image"}
            )
        if image:
            product, _ = services.set_product_image(product=product, data=image.read())
        elif image is False:  # the box "Clear"
            product = services.remove_product_image(product=product)
        obj.pk = product.pk
        obj.refresh_from_db()

    def delete_model(self, request: HttpRequest, obj: Product) -> None:
        services.delete_product(product=obj)

    def obstacles(self, rows: list[Product]) -> Iterable[str]:
        held = Q(reservations__state=Reservation.State.ACTIVE)
        products = Product.objects.filter(pk__in=[row.pk for row in rows])
        for product in products.annotate(held=Count("reservations", filter=held)).filter(held__gt=0):
            yield f"{product}: {product.held} active reservation(s) hold it."

    @admin.action(description="Put on sale", permissions=["change"])
    def put_on_sale(self, request: HttpRequest, queryset: QuerySet[Product]) -> None:
        self.set_active(request, queryset, True)

    @admin.action(description="Take off sale", permissions=["change"])
    def take_off_sale(self, request: HttpRequest, queryset: QuerySet[Product]) -> None:
        self.set_active(request, queryset, False)

    def set_active(self, request: HttpRequest, queryset: QuerySet[Product], is_active: bool) -> None:
        """One UPDATE that touches nothing else: stock may move at the same moment."""
        changed = queryset.exclude(is_active=is_active).update(is_active=is_active, updated_at=timezone.now())
        self.message_user(request, f"{changed} product(s) {'put on' if is_active else 'taken off'} sale.")


def image_tag(product: Product, *, height: int) -> str:
    """The product's picture, so many pixels high; nothing when it has none."""
    if not product.image:
        return ""
    return format_html('<img src="{}" height="{}" alt="{}" loading="lazy">', product.image.url, height, product.name)


# Categories -------------------------------------------------------------------------------------------------------


@admin.register(Category)
class CategoryAdmin(CatalogueAdmin):
    form = CategoryForm
    list_per_page = 500
    list_display = ["where", "slug", "products_held", "updated_at"]
    search_fields = ["name", "slug"]
    fields = ["name", "slug", "parent", "description", "created_at", "updated_at"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Category]:
        return Category.objects.annotate(held=Count("products")).order_by("name", "id")

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(CategoryPaths.as_view(admin_site=self.admin_site))
        return [path("paths/", view, name="catalog_category_paths"), *super().get_urls()]

    @admin.display(description="category", ordering="name")
    def where(self, category: Any) -> str:
        return str(category.category_path)

    @admin.display(description="products", ordering="held")
    def products_held(self, category: Any) -> str:
        address = reverse("admin:catalog_product_changelist")
        return format_html('<a href="{}?category={}">{}</a>', address, category.slug, category.held)

    def save_model(self, request: HttpRequest, obj: Category, form: CarefulForm, change: bool) -> None:
        if change:
            services.update_category(category=obj, fields=form.changes)
        else:
            obj.pk = services.create_category(fields=form.cleaned_data).pk
        obj.refresh_from_db()

    def delete_model(self, request: HttpRequest, obj: Category) -> None:
        services.delete_category(category=obj)

    def obstacles(self, rows: list[Category]) -> Iterable[str]:
        counted = Category.objects.filter(pk__in=[row.pk for row in rows])
        counted = counted.annotate(held=Count("products", distinct=True), below=Count("children", distinct=True))
        for category in counted.filter(Q(held__gt=0) | Q(below__gt=0)):
            yield f"{category}: it holds {category.held} product(s) and {category.below} categories."


# Reservations -----------------------------------------------------------------------------------------------------


@admin.register(Reservation)
class ReservationAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """To look at, and to release: what a customer holds is not edited by hand."""

    list_display = ["product", "quantity", "user", "state", "created_at", "expires_at"]
    list_filter = ["state"]
    list_select_related = ["product", "user"]
    list_per_page = 50
    show_full_result_count = False
    search_fields = ["product__name", "product__slug", "user__username"]
    search_help_text = "A product or a user name."
    fields = ["uuid", "product", "user", "quantity", "state", "created_at", "updated_at", "expires_at"]
    actions = ["release"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_release_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("catalog.change_reservation"))

    @admin.action(description="Release: give the stock back", permissions=["release"])
    def release(self, request: HttpRequest, queryset: QuerySet[Reservation]) -> None:
        active = queryset.filter(state=Reservation.State.ACTIVE).select_related("user")
        for reservation in active:
            services.release(reservation=reservation)
        self.message_user(request, f"{len(active)} reservation(s) released.")
