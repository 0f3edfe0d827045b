from django.apps import AppConfig


class CatalogConfig(AppConfig):
    name = "demo_api.catalog"
    label = "catalog"
    verbose_name = "Product catalogue"
