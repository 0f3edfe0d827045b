from django.apps import AppConfig


class NexusConfig(AppConfig):
    name = "demo_api.nexus"
    label = "nexus"

    def ready(self) -> None:
        from demo_api.nexus import checks  # noqa: F401 (importing registers the checks)
