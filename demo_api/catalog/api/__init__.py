"""The catalogue over REST. It stands on selectors and services and knows nothing of GraphQL."""
