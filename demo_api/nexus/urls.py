"""Every address of the service. What is not here is a file of the handbook (SITE_ROOT), or a 404."""

from django.apps import apps
from django.conf import settings
from django.urls import include, path, re_path
from drf_spectacular.views import SpectacularRedocView, SpectacularSwaggerSplitView

from demo_api.nexus import graphql_api, service_api
from demo_api.nexus.redoc import redoc_script
from demo_api.nexus.schema_api import SchemaView

v1 = [
    path("", include("demo_api.catalog.api.urls")),
    path("", include("demo_api.imports.api.urls")),
    path("auth/", include("demo_api.accounts.urls")),
]

urlpatterns = [
    path("api/v1/", include(v1)),
    path("graphql/", graphql_api.GraphQLView.as_view(), name="graphql"),
    path("api/problems/", service_api.ProblemTypesView.as_view(), name="problem-types"),
    path("api/problems/<slug:slug>/", service_api.ProblemTypeView.as_view(), name="problem-type"),
    path("api/schema/", SchemaView.as_view(), name="schema"),
    path("health/live/", service_api.LiveView.as_view(), name="live"),
    path("health/ready/", service_api.ReadyView.as_view(), name="ready"),
    re_path(r"^media/(?P<name>[a-z0-9/._-]+)\Z", service_api.media, name="media"),
]

if settings.ENVIRONMENT != "browser":  # the reader's page has no templates for them, and the site has its own
    from demo_api.nexus.metrics_view import MetricsView

    urlpatterns += [
        path("metrics", MetricsView.as_view(), name="metrics"),
        path(
            "api/docs/",
            SpectacularSwaggerSplitView.as_view(authentication_classes=[], permission_classes=[]),
            name="swagger-ui",
        ),
        path(
            "api/redoc/",
            SpectacularRedocView.as_view(
                authentication_classes=[], permission_classes=[], template_name="nexus/redoc.html"
            ),
            name="redoc",
        ),
        path("api/redoc/redoc.js", redoc_script, name="redoc-script"),
    ]

if apps.is_installed("django.contrib.admin"):
    from django.contrib import admin

    urlpatterns.append(path("admin/", admin.site.urls))

handler400 = "demo_api.nexus.problems.bad_request"
handler403 = "demo_api.nexus.problems.permission_denied"
handler404 = "demo_api.nexus.problems.not_found"
handler500 = "demo_api.nexus.problems.server_error"
