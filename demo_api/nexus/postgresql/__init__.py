"""The database engine of PostgreSQL: Django's, whose pool knows when the server is away."""
