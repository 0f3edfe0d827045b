"""The suite. Its folders mirror the rooms: api, hub, docs, browser, integration, tooling; `run.py` adds the engines."""
