"""The catalogue over GraphQL. It stands on selectors and services, as REST beside it, and never imports it.

Read `schema.py` first: what can be asked. `engine.py` answers one request, and `limits.py` refuses what costs too much.
"""
