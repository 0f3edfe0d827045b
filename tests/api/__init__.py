"""The API's promises, one file an endpoint and action; all of it runs on SQLite and on PostgreSQL."""
