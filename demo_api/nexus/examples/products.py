"""The exchanges of `/api/v1/products/`."""

from demo_api.nexus.examples.exchange import CURRENT, CUSTOMER, MATCH, STAFF, STALE, Exchange

PRODUCTS = "/api/v1/products/"
BOARD = "/api/v1/products/quay-oak-board/"
NEW_PRODUCT = {
    "name": "Ember travel mug",
    "description": "A steel mug with a lid that closes without a seal to lose.",
    "price": "32.00",
    "stock": 40,
    "category": "coffee-and-tea",
}
WHOLE_PRODUCT = {
    "name": "Quay oak board",
    "description": "A chopping board of oiled oak.",
    "price": "44.00",
    "currency": "EUR",
    "stock": 41,
    "is_active": True,
    "category": "cookware",
}

OF_PRODUCTS = [
    Exchange("list_products", "The first two products", f"GET {PRODUCTS}?page_size=2", 200),
    Exchange(
        "list_products",
        "Kitchen things in stock, cheapest first",
        f"GET {PRODUCTS}?category=kitchen&in_stock=true&max_price=40&ordering=price&page_size=2",
        200,
    ),
    Exchange("list_products", "The next page", f"GET {PRODUCTS}?page_size=2&cursor={{cursor}}", 200, given="a cursor"),
    Exchange("list_products", "Nothing found", f"GET {PRODUCTS}?search=submarine", 200),
    Exchange(
        "list_products", "The copy is current", f"GET {PRODUCTS}?page_size=2", 304, headers={"If-None-Match": CURRENT}
    ),
    Exchange("list_products", "Two bad parameters", f"GET {PRODUCTS}?min_price=cheap&colour=red", 400),
    Exchange("list_products", "A cursor that was changed", f"GET {PRODUCTS}?cursor=abc", 400),
    Exchange("list_products", "A token that is not known", f"GET {PRODUCTS}", 401, given="a revoked token"),
    Exchange("list_products", "XML, please", f"GET {PRODUCTS}", 406, headers={"Accept": "application/xml"}),
    Exchange("read_product", "A product with its picture", f"GET {BOARD}", 200),
    Exchange("read_product", "The copy is current", f"GET {BOARD}", 304, headers={"If-None-Match": CURRENT}),
    Exchange("read_product", "An unknown parameter", f"GET {BOARD}?fields=name", 400),
    Exchange("read_product", "No such product", f"GET {PRODUCTS}sea-chest/", 404),
    Exchange("create_product", "A new product", f"POST {PRODUCTS}", 201, by=STAFF, body=NEW_PRODUCT),
    Exchange(
        "create_product",
        "Three members that are not acceptable",
        f"POST {PRODUCTS}",
        400,
        by=STAFF,
        body={"name": "Ember travel mug", "prize": "32.00", "price": "-1.00", "category": "mugs"},
    ),
    Exchange("create_product", "Not JSON", f"POST {PRODUCTS}", 400, by=STAFF, text='{"name": "Ember travel mug",}'),
    Exchange("create_product", "Not signed in", f"POST {PRODUCTS}", 401, body=NEW_PRODUCT),
    Exchange("create_product", "A customer", f"POST {PRODUCTS}", 403, by=CUSTOMER, body=NEW_PRODUCT),
    Exchange(
        "create_product", "Too large", f"POST {PRODUCTS}", 413, by=STAFF, given="a body of 70,000 bytes", text="{large}"
    ),
    Exchange(
        "create_product",
        "A form instead of JSON",
        f"POST {PRODUCTS}",
        415,
        by=STAFF,
        text="name=Ember+travel+mug&price=32.00",
        headers={"Content-Type": "application/x-www-form-urlencoded"},
    ),
    Exchange(
        "create_product",
        "The database is busy",
        f"POST {PRODUCTS}",
        503,
        by=STAFF,
        body=NEW_PRODUCT,
        given="a locked database",
    ),
    Exchange("replace_product", "Every member", f"PUT {BOARD}", 200, by=STAFF, headers=MATCH, body=WHOLE_PRODUCT),
    Exchange(
        "replace_product",
        "A member is missing",
        f"PUT {BOARD}",
        400,
        by=STAFF,
        headers=MATCH,
        body={"name": "Quay oak board"},
    ),
    Exchange("replace_product", "Changed since", f"PUT {BOARD}", 412, by=STAFF, headers=STALE, body=WHOLE_PRODUCT),
    Exchange(
        "update_product", "A lower price", f"PATCH {BOARD}", 200, by=STAFF, headers=MATCH, body={"price": "39.00"}
    ),
    Exchange(
        "update_product", "A new slug", f"PATCH {BOARD}", 400, by=STAFF, headers=MATCH, body={"slug": "oak-board"}
    ),
    Exchange("update_product", "Not signed in", f"PATCH {BOARD}", 401, headers=STALE, body={"price": "39.00"}),
    Exchange(
        "update_product", "Changed since", f"PATCH {BOARD}", 412, by=STAFF, headers=STALE, body={"price": "39.00"}
    ),
    Exchange("update_product", "Which version?", f"PATCH {BOARD}", 428, by=STAFF, body={"price": "39.00"}),
    Exchange("delete_product", "Deleted", f"DELETE {BOARD}", 204, by=STAFF, headers=MATCH),
    Exchange("delete_product", "A customer", f"DELETE {BOARD}", 403, by=CUSTOMER, headers=STALE),
    Exchange("delete_product", "No such product", f"DELETE {PRODUCTS}sea-chest/", 404, by=STAFF, headers=STALE),
    Exchange(
        "delete_product",
        "Somebody holds stock",
        f"DELETE {PRODUCTS}klippa-stoneware-mug/",
        409,
        by=STAFF,
        headers=MATCH,
        given="a reservation",
    ),
    Exchange("delete_product", "Which version?", f"DELETE {BOARD}", 428, by=STAFF),
    Exchange(
        "put_product_image",
        "A new picture",
        f"PUT {BOARD}image/",
        200,
        by=STAFF,
        headers=MATCH,
        picture="quay-oak-board.webp",
    ),
    Exchange(
        "put_product_image",
        "A drawing in SVG",
        f"PUT {BOARD}image/",
        400,
        by=STAFF,
        headers=MATCH,
        picture="quay-oak-board.svg",
    ),
    Exchange(
        "put_product_image", "JSON instead of a form", f"PUT {BOARD}image/", 415, by=STAFF, headers=MATCH, body={}
    ),
    Exchange(
        "put_product_image",
        "The disk is full",
        f"PUT {BOARD}image/",
        507,
        by=STAFF,
        headers=MATCH,
        picture="quay-oak-board.webp",
        given="a full disk",
    ),
    Exchange("delete_product_image", "Taken away", f"DELETE {BOARD}image/", 204, by=STAFF, headers=MATCH),
    Exchange("delete_product_image", "Changed since", f"DELETE {BOARD}image/", 412, by=STAFF, headers=STALE),
]
