"""Real engines for the examples that need one: where they come from, what runs on them, and its dated recordings."""

TITLES = {"postgresql": "PostgreSQL"}
"""The engines that examples may name, each with what to call it."""
