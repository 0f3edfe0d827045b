"""Tests of the set-up script, the locks, the import rules and the test runner."""
