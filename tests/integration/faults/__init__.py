"""What the service does when something it stands on breaks: real gunicorn processes, real PostgreSQL, real faults."""
