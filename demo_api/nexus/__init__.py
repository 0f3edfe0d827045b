"""The Django project: settings, URLs, errors, health, and the middleware every request passes through."""
