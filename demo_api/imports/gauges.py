"""How many imports there are in each state, for `/metrics`."""

from django.db.models import Count

from demo_api.imports.models import Import
from demo_api.nexus.gauges import Gauge, Reading, register


def by_state() -> Reading:
    counts = dict(Import.objects.values_list("state").annotate(Count("pk")).order_by())
    return {(state,): counts.get(state, 0) for state in Import.State.values}


register(Gauge("nexus_imports", "Imports by their state.", by_state, ("state",)))
