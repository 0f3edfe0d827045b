"""The columns of an import file, and what its header must be."""

import csv

from demo_api.imports.errors import BadFile

REQUIRED = ("slug", "name", "price", "category")
OPTIONAL = ("description", "currency", "stock", "is_active")
COLUMNS = ("slug", "name", "description", "price", "currency", "stock", "is_active", "category")  # as exports have them
BOM = b"\xef\xbb\xbf"
LONGEST_HEADER = 4096  # bytes

# In our words: those of Python's csv module are for programmers, and change from one version to the next.
HOW_CSV_IS_WRITTEN = (
    "Lines end in LF or CRLF. A cell with a comma, a quotation mark or a line break in it stands between quotation "
    "marks, and each quotation mark inside is written twice."
)


def read_header(beginning: bytes) -> tuple[list[str], int]:
    """The header's column names, and the offset of the first row. Raises BadFile, which says what to mend."""
    end = beginning.find(b"\n") + 1 or len(beginning)
    line = beginning[:end].removeprefix(BOM)
    if len(line) > LONGEST_HEADER:
        raise BadFile(
            f"The first line is longer than {LONGEST_HEADER} bytes. It must be the header: {','.join(COLUMNS)}."
        )
    try:
        (names,) = list(csv.reader([line.decode("utf-8")], strict=True)) or [[]]
    except UnicodeDecodeError:
        raise BadFile("The header is not UTF-8. Save the file as CSV in UTF-8.") from None
    except csv.Error:
        raise BadFile(f"The header cannot be read. {HOW_CSV_IS_WRITTEN}") from None
    names = [name.strip() for name in names]
    check_names(names)
    return names, end


def check_names(names: list[str]) -> None:
    unknown = [name for name in names if name not in COLUMNS]
    missing = [name for name in REQUIRED if name not in names]
    twice = sorted({name for name in names if names.count(name) > 1 and name in COLUMNS})
    if unknown:
        shown = ", ".join(ascii(name[:40]) for name in unknown[:10])
        raise BadFile(f"Unknown columns in the header: {shown}. Known: {', '.join(COLUMNS)}; separated by commas.")
    if missing:
        raise BadFile(f"Missing columns in the header: {', '.join(missing)}.")
    if twice:
        raise BadFile(f"Columns that come twice in the header: {', '.join(twice)}.")
