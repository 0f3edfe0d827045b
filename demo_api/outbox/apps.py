from django.apps import AppConfig


class OutboxConfig(AppConfig):
    name = "demo_api.outbox"
    label = "outbox"
