"""Entry points: `nexus.py` (set-up and everyday tasks) and `seed_and_profile.py` (seed, then measure)."""
