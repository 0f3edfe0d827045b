"""The API's promises, one file an endpoint and action; what asks the database runs on SQLite and on PostgreSQL."""
