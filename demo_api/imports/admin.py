"""The admin's view of imports: to look at. They are asked for, cancelled and tried again through the API."""

from django.contrib import admin
from django.http import HttpRequest

from demo_api.imports.models import Import


@admin.register(Import)
class ImportAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("uuid", "state", "user", "rows_done", "refused", "attempts", "created_at", "finished_at")
    list_filter = ("state",)
    list_select_related = ("user",)
    date_hierarchy = "created_at"

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Import | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Import | None = None) -> bool:
        return False
