"""The parts together: a real database connection, and a real server process."""
