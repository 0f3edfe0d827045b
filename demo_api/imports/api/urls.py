from django.urls import path

from demo_api.imports.api import exports, imports

urlpatterns = [
    path("imports/", imports.ImportListView.as_view(), name="import-list"),
    path("imports/<uuid:import_id>/", imports.ImportDetailView.as_view(), name="import-detail"),
    path("imports/<uuid:import_id>/cancel/", imports.ImportCancelView.as_view(), name="import-cancel"),
    path("imports/<uuid:import_id>/retry/", imports.ImportRetryView.as_view(), name="import-retry"),
    path("imports/<uuid:import_id>/errors.csv", exports.ImportErrorsView.as_view(), name="import-errors"),
    path("exports/products.csv", exports.ProductExportView.as_view(), name="product-export"),
]
