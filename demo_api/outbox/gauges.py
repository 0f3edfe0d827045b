"""How much promised work waits."""

from demo_api.nexus.gauges import Gauge, Reading, register
from demo_api.outbox.models import Entry


def waiting() -> Reading:
    return {(): Entry.objects.count()}


register(Gauge("nexus_outbox_entries", "Entries of the outbox that no worker is known to have finished.", waiting))
