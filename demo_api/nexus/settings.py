"""The one settings file. Environment variables choose the parts; `.env` beside manage.py may hold them.

Every variable read here stands in `.env.example`. Wrong values stop the program (`env.py`); wrong combinations
are system checks with a hint (`checks.py`).
"""

import os
from datetime import timedelta
from pathlib import Path

from dotenv import load_dotenv

from demo_api.nexus import caches, databases, env, handbook
from demo_api.nexus.logs import logging_settings

BASE_DIR = Path(__file__).resolve().parents[2]
load_dotenv(BASE_DIR / ".env")

# Where we are ----------------------------------------------------------------------------------------------------

ENVIRONMENT = env.choice("DJANGO_ENV", "development", among=["development", "production", "browser"])
DEBUG = env.flag("DJANGO_DEBUG", False)
INSECURE_KEY = "django-insecure-for-development-only-set-DJANGO_SECRET_KEY-in-production"
SECRET_KEY = env.text("DJANGO_SECRET_KEY", INSECURE_KEY)
SECRET_KEY_FALLBACKS = env.words("DJANGO_SECRET_KEY_FALLBACKS")
# In the page, the host is whichever site the reader opened.
OWN_HOSTS = ["*"] if ENVIRONMENT == "browser" else ["localhost", "127.0.0.1", "[::1]"]
ALLOWED_HOSTS = env.words("DJANGO_ALLOWED_HOSTS", OWN_HOSTS)

# Applications ----------------------------------------------------------------------------------------------------

INSTALLED_APPS = [
    "demo_api.nexus",  # first: its templates and its runserver go before those of the others
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "corsheaders",
    "rest_framework",
    "knox",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "demo_api.rest",
    "demo_api.outbox",
    "demo_api.accounts",
    "demo_api.catalog",
    "demo_api.imports",
]

if ENVIRONMENT == "browser":
    INSTALLED_APPS.remove("django.contrib.admin")  # its pages need templates and scripts that a page does not carry

# The first sees a request first and its response last: the request id is in every log line and on every answer.
MIDDLEWARE = [
    "demo_api.nexus.middleware.RequestIdMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "corsheaders.middleware.CorsMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "demo_api.nexus.middleware.QueryCountMiddleware",
    "csp.middleware.CSPMiddleware",
    "demo_api.nexus.middleware.ConditionalGetMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
if ENVIRONMENT != "browser":  # a page has nobody who collects numbers
    MIDDLEWARE.insert(1, "demo_api.nexus.metrics.MetricsMiddleware")

ROOT_URLCONF = "demo_api.nexus.urls"
WSGI_APPLICATION = "demo_api.nexus.wsgi.application"
APPEND_SLASH = False  # A redirect would turn a POST into a GET; a wrong path is a 404 that says so.

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

# Data ------------------------------------------------------------------------------------------------------------

DATABASES = {"default": databases.from_environment(BASE_DIR)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CACHES = caches.from_environment()
# Answers to anonymous reads are kept as bytes. Off outside production: there, people look at the SQL of each request.
RESPONSE_CACHE = env.flag("RESPONSE_CACHE", ENVIRONMENT == "production")

# Work after the response ------------------------------------------------------------------------------------------

# Empty: the outbox in the database is the queue, and `manage.py worker` works it off.
RABBITMQ_URL = env.url("RABBITMQ_URL", schemes=["amqp", "amqps"])
# What is done again and again, by `celery beat` or the embedded worker. A message that nobody took in time is dropped.
CELERY_BEAT_SCHEDULE = {
    "expire reservations": {
        "task": "demo_api.catalog.tasks.expire_reservations",
        "schedule": timedelta(minutes=1),
        "options": {"expires": 60},  # seconds
    },
    "clean up imports": {
        "task": "demo_api.imports.tasks.clean_up_imports",
        "schedule": timedelta(days=1),
        "options": {"expires": 86_400},
    },
}
# A task that raised goes back to the outbox, except one whose job has put itself back already.
CELERY_TASK_ANNOTATIONS = {"demo_api.imports.tasks.run_import": {"returns_to_outbox": False}}
CELERY_BROKER_URL = RABBITMQ_URL or "memory://"
CELERY_BROKER_CONNECTION_TIMEOUT = 2  # seconds
CELERY_BROKER_TRANSPORT_OPTIONS = {"confirm_publish": True}  # nothing counts as sent before the broker has it on disk
CELERY_BROKER_HEARTBEAT = 10  # seconds; two missed ones, and the worker connects anew
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None  # a worker outlives the longest outage
CELERY_TASK_DEFAULT_QUEUE = "nexus.work"
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]  # pickle would let a message run code
CELERY_TASK_IGNORE_RESULT = True  # what a job gave is in its own row
CELERY_TASK_ACKS_LATE = True  # a message is gone when its work is done, not when it is handed out,
CELERY_TASK_REJECT_ON_WORKER_LOST = True  # goes back when the process that had it was killed,
CELERY_TASK_ACKS_ON_FAILURE_OR_TIMEOUT = False  # and when it ran into the hard limit
CELERY_WORKER_LOST_WAIT = 1.0  # seconds until a killed process is believed to be dead
CELERY_WORKER_PREFETCH_MULTIPLIER = 1  # no worker sits on work that another could do
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = True  # its message is delivered again: not two at once
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 5.0  # seconds that SIGTERM leaves to what runs
CELERY_WORKER_ENABLE_REMOTE_CONTROL = False
CELERY_WORKER_HIJACK_ROOT_LOGGER = False  # LOGGING below is for every process
# Less than the 30 minutes after which RabbitMQ takes a message back that nobody has acknowledged.
CELERY_TASK_SOFT_TIME_LIMIT = 20 * 60  # seconds; SoftTimeLimitExceeded is raised in the task,
CELERY_TASK_TIME_LIMIT = 25 * 60  # and its process is killed

# The web server: gunicorn.conf.py reads these two ------------------------------------------------------------------

WEB_WORKERS = env.integer("WEB_WORKERS", 2, least=1, most=64)  # processes
WEB_THREADS = databases.web_threads()  # requests that each of them answers at the same time

# Files -----------------------------------------------------------------------------------------------------------

STATIC_URL = "/static/"
# Only production collects static files (`manage.py collectstatic`); elsewhere they are served from where they are.
STATIC_ROOT = env.path("STATIC_ROOT", BASE_DIR / "staticfiles", root=BASE_DIR) if ENVIRONMENT == "production" else None
MEDIA_URL = "media/"  # relative to where the service stands: a site in a sub-path has its pictures below it
MEDIA_ROOT = env.path("MEDIA_ROOT", BASE_DIR / "mediafiles", root=BASE_DIR)
# Files to import, for the service's own eyes: beside MEDIA_ROOT and not in it, because that is served.
IMPORT_ROOT = env.path("IMPORT_ROOT", MEDIA_ROOT.with_name("importfiles"), root=BASE_DIR)
SITE_ROOT = env.path("SITE_ROOT", BASE_DIR / "site", root=BASE_DIR)  # the built handbook, served at /
WHITENOISE_ROOT = SITE_ROOT if SITE_ROOT.is_dir() else None
WHITENOISE_INDEX_FILE = True
WHITENOISE_USE_FINDERS = ENVIRONMENT == "development"  # no collectstatic needed on a developer's machine
WHITENOISE_AUTOREFRESH = ENVIRONMENT == "development"  # a page that was built again is served at once
WHITENOISE_MAX_AGE = 0 if ENVIRONMENT == "development" else 60  # seconds
WHITENOISE_ALLOW_ALL_ORIGINS = False
WHITENOISE_ADD_HEADERS_FUNCTION = handbook.add_headers
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "imports": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": IMPORT_ROOT}},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
# Pillow does not exist in the reader's browser: there, and only there, an image is checked but not re-encoded.
IMAGE_REENCODING_REQUIRED = ENVIRONMENT != "browser"
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024  # bytes of a form outside the API (the admin's); views declare their own
FILE_UPLOAD_MAX_MEMORY_SIZE = (
    6 * 1024 * 1024
)  # bytes: an accepted image is at most 5 MiB, so it never touches a temp file

# Imports ---------------------------------------------------------------------------------------------------------

IMPORT_QUEUE_LIMIT = env.integer("IMPORT_QUEUE_LIMIT", 100, least=1, most=100_000)  # imports that may wait
IMPORT_RETENTION_DAYS = env.integer("IMPORT_RETENTION_DAYS", 30, least=1, most=3650)  # of a finished import's file
# A worker that is silent for so long is taken for dead. A chunk takes far less; each chunk says that it lives.
IMPORT_LEASE_SECONDS = env.integer("IMPORT_LEASE_SECONDS", 30, least=1, most=3600)
# Rows in one transaction. In the page a chunk also keeps the reader's next request waiting.
IMPORT_CHUNK_ROWS = 200 if ENVIRONMENT == "browser" else 5000

# Accounts --------------------------------------------------------------------------------------------------------

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": name}
    for name in (
        "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "django.contrib.auth.password_validation.MinimumLengthValidator",
        "demo_api.accounts.passwords.CommonPasswordValidator",
        "django.contrib.auth.password_validation.NumericPasswordValidator",
    )
]
if ENVIRONMENT == "browser":
    # The page's Python has neither PBKDF2 nor scrypt, and its accounts are demo accounts in the reader's own tab.
    PASSWORD_HASHERS = ["demo_api.accounts.hashers.DemoHasher"]
REST_KNOX = {"TOKEN_TTL": timedelta(hours=10), "AUTH_HEADER_PREFIX": "Bearer"}
TOKENS_PER_USER = 20

# The API ---------------------------------------------------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["demo_api.accounts.authentication.BearerAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAdminUser"],  # a view that declares nothing is shut
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["demo_api.rest.parsers.StrictJSONParser"],
    "DEFAULT_METADATA_CLASS": None,
    "DEFAULT_SCHEMA_CLASS": "demo_api.rest.openapi.PolicySchema",
    "EXCEPTION_HANDLER": "demo_api.nexus.problems.exception_handler",
    "URL_FORMAT_OVERRIDE": None,  # one resource, one representation: `?format=` is an unknown parameter
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
# How many requests a minute each kind of endpoint takes from one caller (an account, else an address).
THROTTLE_RATES = {"read": 1200, "write": 120, "sign-in": 10, "register": 10, "upload": 30, "export": 10, "health": 600}
THROTTLING = env.flag("THROTTLING", True)
# X-Forwarded-For is believed only for this many proxies of our own, counted from the right; 0: never.
TRUSTED_PROXY_COUNT = env.integer("TRUSTED_PROXY_COUNT", 0, least=0, most=5)
RESERVATION_TTL = timedelta(minutes=15)
# Whether the schema may be asked for: on, because this service is there to be looked at.
GRAPHQL_INTROSPECTION = env.flag("GRAPHQL_INTROSPECTION", True)

SPECTACULAR_SETTINGS = {
    "TITLE": "Project Nexus: product catalogue",
    "DESCRIPTION": (
        "The product catalogue that the Project Nexus handbook teaches on: products, a tree of categories, and "
        "reservations that hold stock for a while. Errors are problem details (RFC 9457); money is a decimal string; "
        "times are RFC 3339 in UTC."
    ),
    "VERSION": "1.0.0",
    "OAS_VERSION": "3.1.1",
    "SERVE_INCLUDE_SCHEMA": False,
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": f"{STATIC_URL}nexus/favicon.svg",
    "REDOC_DIST": "SIDECAR",
    "SWAGGER_UI_SETTINGS": {"deepLinking": True, "persistAuthorization": False, "displayRequestDuration": True},
    "POSTPROCESSING_HOOKS": ["demo_api.rest.openapi.describe_policies"],
    "TAGS": [
        {"name": "products", "description": "What the shop sells: find it, read it, and, as staff, change it."},
        {"name": "categories", "description": "The tree that products hang on."},
        {"name": "reservations", "description": "Stock held for one account until a time."},
        {"name": "imports", "description": "Products from a CSV file, as work that goes on after the answer."},
        {"name": "exports", "description": "The catalogue as a CSV file."},
        {"name": "auth", "description": "Accounts and their bearer tokens."},
        {"name": "graphql", "description": "The same catalogue, asked in GraphQL."},
        {"name": "service", "description": "Health, and the meaning of each error."},
    ],
    "LICENSE": {"name": "MIT", "identifier": "MIT"},
}

# The browser's side ----------------------------------------------------------------------------------------------

CORS_ALLOWED_ORIGINS = env.words(
    "CORS_ALLOWED_ORIGINS",
    ["http://localhost:3000", "http://127.0.0.1:3000", "http://localhost:5173", "http://127.0.0.1:5173"],
)  # the usual addresses of a frontend's development server
CORS_URLS_REGEX = r"^/(api|graphql|health|media)/"
CORS_ALLOW_HEADERS = [
    "accept",
    "authorization",
    "content-type",
    "idempotency-key",
    "if-match",
    "if-none-match",
    "x-request-id",
]
CORS_EXPOSE_HEADERS = [
    "etag",
    "last-modified",
    "location",
    "retry-after",
    "x-request-id",
    "idempotent-replayed",
    "server-timing",
]
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "img-src": ["'self'", "data:", "blob:"],
        "style-src": ["'self'", "'unsafe-inline'"],  # Swagger UI and Redoc set style attributes
        "worker-src": ["'self'", "blob:"],  # Redoc searches in a worker made from a blob
        "object-src": ["'none'"],
        "base-uri": ["'self'"],
        "frame-ancestors": ["'none'"],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
CSRF_TRUSTED_ORIGINS = env.words("CSRF_TRUSTED_ORIGINS")
if ENVIRONMENT == "production":
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXY_COUNT else None
    SECURE_SSL_REDIRECT = env.flag("SECURE_SSL_REDIRECT", True)
    SECURE_REDIRECT_EXEMPT = [r"^health/"]
    SECURE_HSTS_SECONDS = env.integer("SECURE_HSTS_SECONDS", 31_536_000, least=0, most=63_072_000)
    SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = SECURE_HSTS_SECONDS > 0
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True

# Language, time, logs --------------------------------------------------------------------------------------------

LANGUAGE_CODE = "en"
USE_I18N = False
TIME_ZONE = "UTC"
USE_TZ = True
# Development and the page show how many queries a request ran (Server-Timing); production keeps it to its logs.
SHOW_QUERY_COUNTS = env.flag("SHOW_QUERY_COUNTS", ENVIRONMENT != "production")
# Who may read /metrics: whoever sends this token. Without one, anybody in development, and nobody in production.
METRICS_TOKEN = env.text("METRICS_TOKEN")
METRICS_FOLDER = env.writable_folder("PROMETHEUS_MULTIPROC_DIR")  # where the workers of one service count together
if not METRICS_FOLDER:
    os.environ.pop("PROMETHEUS_MULTIPROC_DIR", None)  # prometheus_client takes an empty one for a folder
LOGGING = logging_settings(level=env.choice("LOG_LEVEL", "INFO", among=["DEBUG", "INFO", "WARNING", "ERROR"]))
