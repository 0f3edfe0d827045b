from django.apps import AppConfig
from django.conf import settings
from django.utils.module_loading import autodiscover_modules


class NexusConfig(AppConfig):
    name = "demo_api.nexus"
    label = "nexus"

    def ready(self) -> None:
        from demo_api.nexus import checks  # noqa: F401 (importing registers the checks)

        if settings.ENVIRONMENT != "browser":
            from demo_api.nexus import metrics  # not in the page, which has no prometheus_client

            metrics.listen()
            autodiscover_modules("gauges")
