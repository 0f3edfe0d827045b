from django.apps import AppConfig


class ImportsConfig(AppConfig):
    name = "demo_api.imports"
    label = "imports"
