"""The exchanges of `/api/v1/imports/` and `/api/v1/exports/`."""

from demo_api.nexus.examples.exchange import CUSTOMER, STAFF, Exchange

IMPORTS = "/api/v1/imports/"
IMPORT = "/api/v1/imports/{import}/"
UNKNOWN = "/api/v1/imports/00000000-0000-4000-8000-000000000000/"
EXPORT = "/api/v1/exports/products.csv"
FILE_KEY = {"Idempotency-Key": "delivery-2026-11-02"}
MUGS_FILE = """\
slug,name,price,stock,category
klippa-stoneware-mug,Klippa Stoneware Mug,13.50,80,kitchen
klippa-espresso-cup,Klippa Espresso Cup,9.50,40,kitchen
klippa-teapot,Klippa Teapot,about 30,12,kitchen
"""

OF_IMPORTS = [
    Exchange("create_import", "Three rows", f"POST {IMPORTS}", 202, by=STAFF, headers=FILE_KEY, csv=MUGS_FILE),
    Exchange(
        "create_import",
        "The same file again",
        f"POST {IMPORTS}",
        202,
        by=STAFF,
        headers=FILE_KEY,
        csv=MUGS_FILE,
        given="an import",
    ),
    Exchange(
        "create_import",
        "A column that is not known",
        f"POST {IMPORTS}",
        400,
        by=STAFF,
        headers=FILE_KEY,
        csv="slug,name,prize,category\n",
    ),
    Exchange("create_import", "No Idempotency-Key", f"POST {IMPORTS}", 400, by=STAFF, csv=MUGS_FILE),
    Exchange("create_import", "Not staff", f"POST {IMPORTS}", 403, by=CUSTOMER, headers=FILE_KEY, csv=MUGS_FILE),
    Exchange(
        "create_import",
        "The key of another file",
        f"POST {IMPORTS}",
        422,
        by=STAFF,
        headers=FILE_KEY,
        csv=MUGS_FILE.replace("13.50", "14.50"),
        given="an import",
    ),
    Exchange(
        "create_import",
        "The disk is full",
        f"POST {IMPORTS}",
        507,
        by=STAFF,
        headers=FILE_KEY,
        csv=MUGS_FILE,
        given="a full disk",
    ),
    Exchange(
        "create_import",
        "Too many are waiting",
        f"POST {IMPORTS}",
        503,
        by=STAFF,
        headers=FILE_KEY,
        csv=MUGS_FILE,
        given="a full queue",
    ),
    Exchange("list_imports", "One import", f"GET {IMPORTS}", 200, by=STAFF, given="a finished import"),
    Exchange("list_imports", "Not staff", f"GET {IMPORTS}", 403, by=CUSTOMER),
    Exchange("read_import", "One that waits", f"GET {IMPORT}", 200, by=STAFF, given="an import"),
    Exchange("read_import", "One that is done", f"GET {IMPORT}", 200, by=STAFF, given="a finished import"),
    Exchange("read_import", "One that is not there", f"GET {UNKNOWN}", 404, by=STAFF),
    Exchange("cancel_import", "Cancelled", f"POST {IMPORT}cancel/", 200, by=STAFF, given="an import"),
    Exchange("cancel_import", "One that is not there", f"POST {UNKNOWN}cancel/", 404, by=STAFF),
    Exchange("retry_import", "One that waits anyway", f"POST {IMPORT}retry/", 200, by=STAFF, given="an import"),
    Exchange(
        "retry_import", "One that has succeeded", f"POST {IMPORT}retry/", 409, by=STAFF, given="a finished import"
    ),
    Exchange(
        "retry_import",
        "Too many are waiting",
        f"POST {IMPORT}retry/",
        503,
        by=STAFF,
        given="a cancelled import, a full queue",
    ),
    Exchange("export_import_errors", "One error", f"GET {IMPORT}errors.csv", 200, by=STAFF, given="a finished import"),
    Exchange("export_import_errors", "One that is not there", f"GET {UNKNOWN}errors.csv", 404, by=STAFF),
    Exchange("export_products", "Not staff", f"GET {EXPORT}", 403, by=CUSTOMER),
    Exchange("export_products", "The seeded catalogue", f"GET {EXPORT}", 200, by=STAFF),
]
