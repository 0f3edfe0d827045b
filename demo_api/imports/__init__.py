"""Products from a CSV file, and back: long-running work whose truth is a row of the database."""
