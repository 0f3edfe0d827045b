"""The GraphQL API, asked over HTTP."""
