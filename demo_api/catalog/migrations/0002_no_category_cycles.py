"""A category can never stand below itself, whoever writes: the database itself refuses.

The service refuses first, with a better message (`services.update_category`); this is for every other way in.
On PostgreSQL two transactions could each make half of a cycle, so the trigger takes the lock that the service takes.

On SQLite a later migration that alters `catalog_category` makes the table anew and loses its triggers: repeat this one
there. `tests/api/test_category_tree.py` fails when somebody forgets.
"""

from django.db import migrations

ABOVE = """
    WITH RECURSIVE above(id, parent_id) AS (
        SELECT id, parent_id FROM catalog_category WHERE id = NEW.parent_id
        UNION
        SELECT c.id, c.parent_id FROM catalog_category AS c JOIN above ON c.id = above.parent_id
    )
    SELECT 1 FROM above WHERE id = NEW.id
"""

SQLITE = [
    f"""
    CREATE TRIGGER category_no_cycle_{event} BEFORE {when} ON catalog_category
    WHEN NEW.parent_id IS NOT NULL AND (NEW.parent_id = NEW.id OR EXISTS ({ABOVE}))
    BEGIN SELECT RAISE(ABORT, 'CHECK constraint failed: a category cannot stand below itself'); END
    """
    for event, when in (("insert", "INSERT"), ("update", "UPDATE OF id, parent_id"))
]

POSTGRESQL = [
    f"""
    CREATE FUNCTION catalog_category_no_cycle() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM pg_advisory_xact_lock(hashtext('catalog_category tree'));
        IF NEW.parent_id = NEW.id OR EXISTS ({ABOVE}) THEN
            RAISE check_violation USING MESSAGE = 'a category cannot stand below itself';
        END IF;
        RETURN NEW;
    END $$
    """,
    """
    CREATE TRIGGER category_no_cycle BEFORE INSERT OR UPDATE OF id, parent_id ON catalog_category
    FOR EACH ROW WHEN (NEW.parent_id IS NOT NULL) EXECUTE FUNCTION catalog_category_no_cycle()
    """,
]

UNDO = {
    "sqlite": ["DROP TRIGGER category_no_cycle_insert", "DROP TRIGGER category_no_cycle_update"],
    "postgresql": ["DROP TRIGGER category_no_cycle ON catalog_category", "DROP FUNCTION catalog_category_no_cycle()"],
}


def run(statements):
    def execute(apps, schema_editor):
        for statement in statements[schema_editor.connection.vendor]:
            schema_editor.execute(statement)

    return execute


class Migration(migrations.Migration):
    dependencies = [("catalog", "0001_initial")]

    operations = [migrations.RunPython(run({"sqlite": SQLITE, "postgresql": POSTGRESQL}), run(UNDO))]
