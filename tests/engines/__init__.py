"""The engines the suite runs on: where they come from, and the table of what was exercised."""
