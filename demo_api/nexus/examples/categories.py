"""The exchanges of `/api/v1/categories/`."""

from demo_api.nexus.examples.exchange import CUSTOMER, MATCH, STAFF, STALE, Exchange

CATEGORIES = "/api/v1/categories/"
COOKWARE = "/api/v1/categories/cookware/"
NEW_CATEGORY = {"name": "Tea", "description": "Leaves, and what to brew them in.", "parent": "coffee-and-tea"}

OF_CATEGORIES = [
    Exchange("list_categories", "The whole tree", f"GET {CATEGORIES}?page_size=100", 200),
    Exchange("list_categories", "A page that is too large", f"GET {CATEGORIES}?page_size=5000", 400),
    Exchange("read_category", "A category below another", f"GET {COOKWARE}", 200),
    Exchange("read_category", "No such category", f"GET {CATEGORIES}boats/", 404),
    Exchange("create_category", "A new category", f"POST {CATEGORIES}", 201, by=STAFF, body=NEW_CATEGORY),
    Exchange(
        "create_category",
        "The slug is taken",
        f"POST {CATEGORIES}",
        400,
        by=STAFF,
        body={"name": "Cookware", "slug": "cookware"},
    ),
    Exchange("create_category", "A customer", f"POST {CATEGORIES}", 403, by=CUSTOMER, body=NEW_CATEGORY),
    Exchange(
        "replace_category",
        "Every member",
        f"PUT {COOKWARE}",
        200,
        by=STAFF,
        headers=MATCH,
        body={"name": "Pots and pans", "description": "For everyday cooking.", "parent": "kitchen"},
    ),
    Exchange(
        "replace_category",
        "Which version?",
        f"PUT {COOKWARE}",
        428,
        by=STAFF,
        body={"name": "Pots", "parent": "kitchen"},
    ),
    Exchange(
        "replace_category",
        "Below itself",
        f"PUT {CATEGORIES}kitchen/",
        409,
        by=STAFF,
        headers=MATCH,
        body={"name": "Kitchen", "description": "", "parent": "cookware"},
    ),
    Exchange(
        "update_category",
        "Another parent",
        f"PATCH {COOKWARE}",
        200,
        by=STAFF,
        headers=MATCH,
        body={"parent": "travel"},
    ),
    Exchange(
        "update_category",
        "Below itself",
        f"PATCH {CATEGORIES}kitchen/",
        409,
        by=STAFF,
        headers=MATCH,
        body={"parent": "cookware"},
    ),
    Exchange(
        "update_category", "Changed since", f"PATCH {COOKWARE}", 412, by=STAFF, headers=STALE, body={"name": "Pots"}
    ),
    Exchange(
        "delete_category",
        "An empty category",
        f"DELETE {CATEGORIES}tea/",
        204,
        by=STAFF,
        headers=MATCH,
        given="a category",
    ),
    Exchange("delete_category", "It holds products", f"DELETE {COOKWARE}", 409, by=STAFF, headers=MATCH),
]
