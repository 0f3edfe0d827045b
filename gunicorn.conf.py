"""How gunicorn serves the API: `gunicorn demo_api.nexus.wsgi:application` reads this file by itself.

Every name is a setting of gunicorn: https://gunicorn.org/reference/settings/
"""

from pathlib import Path

from dotenv import load_dotenv

from demo_api.nexus import databases, env

load_dotenv(Path(__file__).with_name(".env"))

workers = env.integer("WEB_WORKERS", 2, least=1, most=64)
threads = databases.web_threads()
# Threads, because a request mostly waits for the database; the class answers whom it has accepted when it must end.
worker_class = "demo_api.nexus.web_worker.DrainingWorker"
# Longer than a proxy keeps an idle connection to us would be a promise to wait; shorter than that costs a handshake.
keepalive = 5  # seconds
graceful_timeout = 20  # seconds to finish what has begun after SIGTERM; an orchestrator must wait longer to kill
timeout = 30  # seconds without a sign of life before a worker is replaced
# A worker tells the master that it lives by touching a file, which must not wait for a disk.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108 (memory, and not a name of ours)
control_socket_disable = True
