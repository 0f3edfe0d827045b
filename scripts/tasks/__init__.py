"""The tasks of `scripts/nexus.py` that run with the Python of `.venv`."""
