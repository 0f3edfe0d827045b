"""The same shop and the same callers as in the tests of the REST API."""

from tests.api.conftest import (  # noqa: F401  # fixtures of these tests
    _own_surroundings,
    anonymous,
    clara,
    customer,
    shop,
    staff,
    stranger,
)
