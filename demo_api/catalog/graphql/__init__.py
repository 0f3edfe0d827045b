"""The catalogue over GraphQL. It stands on selectors and services, as the REST API beside it does, and never imports it.

Read `schema.py` first: what can be asked. `engine.py` answers one request, `limits.py` refuses what would cost too much.
"""
