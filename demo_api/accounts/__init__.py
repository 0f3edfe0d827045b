"""Accounts: registering, and opaque bearer tokens that are hashed at rest, expire and can be revoked."""
