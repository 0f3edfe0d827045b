"""`python -m tests.parity.here BASE FOLDER MODULE.FUNCTION`: what `page.mjs` does in the page, in this Python."""

import importlib
import json
import sys
from pathlib import Path

from demo_api.nexus import browser

base, folder, call = sys.argv[1:]
database = Path(folder, "database.sqlite3")
if database.exists():
    browser.begin(base, database.read_bytes())
else:
    browser.setup()
module, name = call.split(".")
given = getattr(importlib.import_module(f"tests.parity.{module}"), name)(folder)
print("\n" + json.dumps(given))
