from django.apps import AppConfig


class RestConfig(AppConfig):
    name = "demo_api.rest"
    label = "rest"

    def ready(self) -> None:
        from demo_api.rest import openapi  # noqa: F401 (importing registers the authentication scheme)
