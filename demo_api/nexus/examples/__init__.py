"""The exchanges that the API's documentation shows: which requests are made. Their answers are recorded.

`manage.py record_examples` writes them to `demo_api/rest/examples.json`, from where the OpenAPI document takes them.
What every operation refuses alike follows from them (`refusals.py`), and is recorded in `docs/reference/refusals.json`.
"""

from demo_api.nexus.examples.accounts import OF_ACCOUNTS
from demo_api.nexus.examples.categories import OF_CATEGORIES
from demo_api.nexus.examples.graphql import OF_GRAPHQL
from demo_api.nexus.examples.imports import OF_IMPORTS
from demo_api.nexus.examples.products import OF_PRODUCTS
from demo_api.nexus.examples.reservations import OF_RESERVATIONS
from demo_api.nexus.examples.service import OF_THE_SERVICE

EXCHANGES = [
    *OF_PRODUCTS,
    *OF_CATEGORIES,
    *OF_RESERVATIONS,
    *OF_IMPORTS,
    *OF_ACCOUNTS,
    *OF_GRAPHQL,
    *OF_THE_SERVICE,
]
