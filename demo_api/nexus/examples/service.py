"""The exchanges of the health endpoints and the problem types."""

from demo_api.nexus.examples.exchange import Exchange

OF_THE_SERVICE = [
    Exchange("live", "Alive", "GET /health/live/", 200),
    Exchange("ready", "Ready", "GET /health/ready/", 200),
    Exchange("ready", "A migration is missing", "GET /health/ready/", 503, given="a missing migration"),
    Exchange("list_problem_types", "Every type", "GET /api/problems/", 200),
    Exchange("read_problem_type", "What a type means", "GET /api/problems/insufficient-stock/", 200),
    Exchange("read_problem_type", "No such type", "GET /api/problems/bad-luck/", 404),
]
