"""The forms of the admin: what is wrong is said beside the field, and what somebody else changed is not overwritten."""

from functools import cached_property
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.views.autocomplete import AutocompleteJsonView
from django.contrib.admin.widgets import AutocompleteSelect
from django.core.files.uploadedfile import UploadedFile
from django.db.models import Field

from demo_api.catalog import images, selectors
from demo_api.catalog.errors import CategoryCycle
from demo_api.catalog.models import Category, Product

STEP = " / "  # between a category and what stands below it

# Categories by their path -----------------------------------------------------------------------------------------


def category_paths() -> dict[int, str]:
    """Each category's id with its path, such as `Travel / Outdoor / Camp`, in one query."""
    rows = {pk: (name, parent) for pk, name, parent in Category.objects.values_list("pk", "name", "parent_id")}

    def path(pk: int) -> str:
        name, parent = rows[pk]
        return f"{path(parent)}{STEP}{name}" if parent else name

    return {pk: path(pk) for pk in rows}


class CategoryPaths(AutocompleteJsonView):
    """The admin's autocomplete view, with the path of each category it finds."""

    @cached_property
    def paths(self) -> dict[int, str]:
        return category_paths()

    def serialize_result(self, obj: Any, to_field_name: str) -> dict[str, str]:
        return super().serialize_result(obj, to_field_name) | {"text": self.paths[obj.pk]}


class CategorySelect(AutocompleteSelect):
    """Finds a category as you type; `CategoryAdmin` has the address."""

    url_name = "%s:catalog_category_paths"


class CategoryChoice(forms.ModelChoiceField):  # type: ignore[type-arg]
    """A choice of one category, which shows its path."""

    def label_from_instance(self, obj: Any) -> str:
        return category_paths()[obj.pk]


def category_field(model_field: "Field[Any, Any]", **options: Any) -> CategoryChoice:
    """The form field of a foreign key to a category."""
    return CategoryChoice(
        Category.objects.all(),
        widget=CategorySelect(model_field, admin.site),
        required=not model_field.blank,
        label=str(model_field.verbose_name).capitalize(),
        **options,
    )


# Forms ------------------------------------------------------------------------------------------------------------


class CarefulForm(forms.ModelForm):  # type: ignore[type-arg]
    """Knows what the page showed: only what was changed there is written, and never over somebody else's change.

    Stock goes down while a page stands open. Without this, saving a new description would put the old stock back.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.show_hidden_initial = bool(self.instance.pk) and not isinstance(field, forms.FileField)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        for name in self.changed_data:
            field, shown = self.fields[name], self.add_initial_prefix(name)
            if not field.show_hidden_initial or shown not in self.data:
                continue
            value = field.hidden_widget().value_from_datadict(self.data, self.files, shown)
            if field.has_changed(self.get_initial_for_field(field, name), value):
                self.add_error(name, "Somebody changed this since you opened the page. Open it again, then decide.")
        return cleaned

    @property
    def changes(self) -> dict[str, Any]:
        """The fields to write; a picture goes its own way."""
        return {name: self.cleaned_data[name] for name in self.changed_data if name != "image"}


class ProductForm(CarefulForm):
    class Meta:
        model = Product
        fields = ["name", "slug", "category", "description", "price", "currency", "stock", "is_active", "image"]

    def clean_image(self) -> Any:
        """Refuses a picture whose pixels cannot be decoded while there is still a form to say so."""
        image = self.cleaned_data["image"]
        if isinstance(image, UploadedFile):
            data = image.read(images.LARGEST_FILE + 1)
            image.seek(0)
            try:
                images.reencode(data, images.inspect(data))
            except images.InvalidImage as error:
                raise forms.ValidationError(str(error), code="invalid_image") from None
            except images.ReencodingUnavailable:
                pass  # the service decides whether it may be stored as it is
        return image


class CategoryForm(CarefulForm):
    class Meta:
        model = Category
        fields = ["name", "slug", "parent", "description"]

    def clean_parent(self) -> Category | None:
        parent: Category | None = self.cleaned_data["parent"]
        if parent and self.instance.pk and parent.pk in selectors.subtree_ids(self.instance):
            raise forms.ValidationError(CategoryCycle(category=self.instance.slug, parent=parent.slug).detail)
        return parent
