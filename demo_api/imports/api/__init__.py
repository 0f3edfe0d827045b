"""Imports and exports over REST."""
