"""How gunicorn serves the API: `gunicorn demo_api.nexus.wsgi:application` reads this file by itself.

Every name is a setting of gunicorn: https://gunicorn.org/reference/settings/
"""

from pathlib import Path

from demo_api.nexus import settings
from demo_api.nexus.gunicorn_hooks import child_exit, on_starting  # noqa: F401  # gunicorn looks for these names

workers = settings.WEB_WORKERS
threads = settings.WEB_THREADS
# Threads, because a request mostly waits for the database; ours answer whom they were given when they must end.
worker_class = "demo_api.nexus.web_worker.DrainingWorker"
keepalive = 5  # seconds an idle connection is kept: one for each page a reader opens would cost a handshake each
graceful_timeout = 20  # seconds to finish what has begun after SIGTERM; whoever sends it must wait longer to kill
timeout = 30  # seconds without a sign of life before a worker is replaced
# A worker shows that it lives by touching a file, which must not wait for a disk.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108 (memory, and not a name of ours)
control_socket_disable = True
