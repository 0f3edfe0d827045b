#!/usr/bin/env python
"""Django's command line: `python manage.py help` lists what it can do."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "demo_api.nexus.settings")
    try:
        from django.core.management import execute_from_command_line
    except ImportError as error:
        raise SystemExit(
            "Django is not installed for this Python. Run `python scripts/nexus.py setup`, then use the Python of "
            "`.venv`; or `pip install -r requirements.txt` in an environment of your own."
        ) from error
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
