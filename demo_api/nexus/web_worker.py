"""gunicorn's worker with threads, made to answer everyone whom the system has let in when it must end."""

import select

from gunicorn.workers.gthread import ThreadWorker


class DrainingWorker(ThreadWorker):  # type: ignore[misc]
    """On SIGTERM: takes in the connections that wait in the listen queue, then closes it, then answers them all.

    gunicorn's own worker leaves that queue as it is, and its callers, whose connection was made, get a reset. From
    here on a new connection is refused, which a proxy takes for a sign to ask another instance.
    """

    def set_accept_enabled(self, enabled: bool) -> None:
        super().set_accept_enabled(enabled)
        if self.alive:
            return
        for listener in self.sockets:
            while select.select([listener], [], [], 0)[0]:
                self.accept(listener)
            listener.close()
