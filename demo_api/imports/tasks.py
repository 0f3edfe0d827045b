"""The import's Celery tasks: thin shells. Only workers import this module; the web and the page have no Celery."""

from typing import Any

from celery import shared_task

from demo_api.imports import cleaning, services


@shared_task(  # type: ignore[untyped-decorator]
    bind=True, name="demo_api.imports.tasks.run_import", acks_late=True, reject_on_worker_lost=True, ignore_result=True
)
def run_import(self: Any, import_id: str) -> None:
    """Runs an import to its end. A time limit that interrupts it puts it back into the queue, checkpoint and all."""
    services.run(import_id)


@shared_task(  # type: ignore[untyped-decorator]
    bind=True,
    name="demo_api.imports.tasks.clean_up_imports",
    acks_late=True,
    reject_on_worker_lost=True,
    ignore_result=True,
)
def clean_up_imports(self: Any) -> None:
    """Deletes the files that nobody needs any more, and queues again what was stranded."""
    cleaning.clean_up()
