"""`scripts/nexus.py`: each trouble of a first run is one sentence, and the next run mends it."""

import ast
import hashlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from scripts import nexus
from scripts.nexus import Environment, Problem, Stopped, check_port, finish, started, too_old, why_pip_failed

SCRIPT = Path(nexus.__file__)
HERE = "{}.{}".format(*sys.version_info)
WHEEL = "tiny_thing-1.0-py3-none-any.whl"


def run_nexus(project: Path, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run the script of a project; pip sees no index, no cache and no configuration but what `settings` give."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "CI"))}
    quiet = {"PIP_CONFIG_FILE": os.devnull, "PIP_NO_CACHE_DIR": "1", "NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"}
    command = [sys.executable, str(project / "scripts" / "nexus.py"), *arguments]
    return subprocess.run(
        command, env={**clean, **quiet, **settings}, capture_output=True, encoding="utf-8", timeout=120
    )


def write_wheel(folder: Path) -> str:
    """Write the smallest wheel there can be and return the line that requires it."""
    with zipfile.ZipFile(folder / WHEEL, "w") as wheel:
        wheel.writestr("tiny_thing.py", "ANSWER = 42\n")
        info = "tiny_thing-1.0.dist-info/"
        wheel.writestr(info + "METADATA", "Metadata-Version: 2.1\nName: tiny-thing\nVersion: 1.0\n")
        wheel.writestr(info + "WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(info + "RECORD", f"tiny_thing.py,,\n{info}METADATA,,\n{info}WHEEL,,\n{info}RECORD,,\n")
    return f"tiny-thing==1.0 --hash=sha256:{hashlib.sha256((folder / WHEEL).read_bytes()).hexdigest()}\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project that is nothing but the script and one requirement."""
    (tmp_path / "scripts").mkdir()
    shutil.copy(SCRIPT, tmp_path / "scripts")
    (tmp_path / "requirements.txt").write_text(write_wheel(tmp_path), encoding="utf-8")
    return tmp_path


@pytest.fixture
def listener() -> Iterator[int]:
    """A port on which another program listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.fixture
def dead_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


# --- Python, tasks and ports ------------------------------------------------------------------------------


@pytest.mark.parametrize("version", [(2, 7, 18), (3, 8, 18), (3, 10, 13)])
def test_an_old_python_is_told_what_is_needed_and_what_it_is(version: tuple[int, int, int]) -> None:
    assert too_old(version).startswith(f"Python 3.11 or newer is needed; this is {version[0]}.{version[1]}. Install")


def test_a_new_python_is_told_nothing() -> None:
    assert too_old((3, 11, 0)) == too_old((4, 0, 0)) == ""


def test_an_old_python_can_read_the_file_that_refuses_it() -> None:
    ast.parse(SCRIPT.read_text(encoding="utf-8"), feature_version=(3, 7))


def test_without_a_task_all_tasks_are_listed(project: Path) -> None:
    shown = run_nexus(project)
    assert shown.returncode == 0
    assert all(f"\n  {task} " in shown.stdout for task in nexus.TASKS)


def test_an_unknown_task_is_answered_with_the_nearest_one(project: Path) -> None:
    answer = run_nexus(project, "checks")
    assert answer.returncode == 2
    assert answer.stderr.startswith("There is no task 'checks'. Did you mean 'check'?")


def test_a_port_in_use_is_one_sentence_before_any_work(project: Path, listener: int) -> None:
    answer = run_nexus(project, "serve", "--port", str(listener))
    assert answer.returncode == 1
    assert answer.stderr.strip() == (
        f"Port {listener} is in use by another program: stop it, or choose another with --port {listener + 1}."
    )
    assert not (project / ".venv").exists()


@pytest.mark.parametrize(
    ("host", "port", "sentence"),
    [
        ("127.0.0.1", 0, "0 is not a port: give --port a number from 1 to 65535."),
        ("127.0.0.1", 65536, "65536 is not a port: give --port a number from 1 to 65535."),
        ("192.0.2.1", 8000, "'192.0.2.1' is not an address of this machine: give --host another one."),
    ],
)
def test_an_impossible_address_is_one_sentence(host: str, port: int, sentence: str) -> None:
    with pytest.raises(Problem, match="^" + sentence.replace(".", r"\.") + "$"):
        check_port(host, port)


def test_a_free_port_is_no_problem(dead_port: int) -> None:
    check_port("127.0.0.1", dead_port)


# --- The environment --------------------------------------------------------------------------------------


def test_without_a_network_one_sentence_says_so_and_the_next_run_mends_it(project: Path, dead_port: int) -> None:
    index = f"http://127.0.0.1:{dead_port}/simple"
    offline = run_nexus(project, "setup", PIP_INDEX_URL=index)
    assert offline.returncode == 1
    assert offline.stderr.strip().startswith(
        "The package index could not be reached, so no package was installed or changed: check the network"
    )
    assert "Traceback" not in offline.stderr + offline.stdout

    online = run_nexus(project, "setup", PIP_NO_INDEX="1", PIP_FIND_LINKS=str(project))
    assert online.returncode == 0, online.stderr
    answer = [Environment(project).python, "-c", "import tiny_thing; print(tiny_thing.ANSWER)"]
    assert subprocess.check_output(answer, text=True).strip() == "42"

    again = run_nexus(project, "setup", PIP_INDEX_URL=index)  # needs no network, for it does nothing
    assert (again.returncode, again.stdout.strip()) == (0, "The environment in .venv is ready.")

    assert Environment(project).fault("3.99", str(project / ".venv")) == (
        f"The environment in .venv was made by Python {HERE}: making it again with Python 3.99."
    )


def test_a_file_with_another_hash_is_refused_with_pips_own_words(project: Path) -> None:
    requirements = project / "requirements.txt"
    requirements.write_text(f"tiny-thing==1.0 --hash=sha256:{'0' * 64}\n", encoding="utf-8")
    answer = run_nexus(project, "setup", PIP_NO_INDEX="1", PIP_FIND_LINKS=str(project))
    assert answer.returncode == 1
    assert "DO NOT MATCH THE HASHES" in answer.stderr
    assert Environment(project).read_stamp() == []


def environment(tmp_path: Path, *stamp: str) -> Environment:
    """An environment of which only the stamp exists."""
    found = Environment(tmp_path)
    found.folder.mkdir()
    found.stamp.write_text("\n".join(stamp), encoding="utf-8")
    return found


def test_an_interrupted_installation_is_made_again(tmp_path: Path) -> None:
    fault = environment(tmp_path, Environment.INTERRUPTED).fault("3.11", str(tmp_path / ".venv"))
    assert fault == "The last installation into .venv was interrupted: making it again with Python 3.11."


def test_a_moved_environment_is_made_again(tmp_path: Path) -> None:
    fault = environment(tmp_path, "hash", "3.11", "/before/.venv").fault("3.11", str(tmp_path / ".venv"))
    assert fault == "The environment in .venv was made in another folder: making it again with Python 3.11."


@pytest.mark.skipif(os.name == "nt", reason="making a link needs a privilege on Windows")
def test_an_environment_behind_a_link_is_used_and_never_emptied(tmp_path: Path) -> None:
    shared, checkout = tmp_path / "shared", tmp_path / "checkout"
    shared.mkdir()
    checkout.mkdir()
    environment(shared, "another hash", HERE, str(shared / ".venv"))
    (checkout / ".venv").symlink_to(shared / ".venv")
    with pytest.raises(Problem, match=r"\.venv is a link to .*shared.*: delete the link"):
        Environment(checkout).ensure()
    Path(Environment(shared).python).parent.mkdir(parents=True)
    Path(Environment(shared).python).touch()
    Environment(checkout).ensure()
    assert Environment(shared).read_stamp()[0] == "another hash"


def test_an_environment_of_another_system_is_made_again(tmp_path: Path) -> None:
    folder = str(tmp_path / ".venv")
    fault = environment(tmp_path, "hash", "3.11", folder).fault("3.11", folder)
    assert fault == "The environment in .venv cannot run here: making it again with Python 3.11."


def test_a_debian_without_venv_is_told_which_package_has_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(Problem, match=r"^This Python cannot make environments: run 'apt install python3-venv' as root"):
        Environment(tmp_path).make()
    assert not (tmp_path / ".venv").exists()


def test_other_failures_of_pip_end_with_its_last_lines_and_where_all_of_them_are() -> None:
    said = why_pip_failed("Collecting x\nERROR: No space left on device\n", Path("pip.log"))
    assert "ERROR: No space left on device" in said
    assert said.endswith("all of them in pip.log.")


# --- Child processes --------------------------------------------------------------------------------------

SLEEPER = [sys.executable, "-c", "import time; time.sleep(60)"]


def test_a_child_does_not_outlive_the_task_that_is_stopped() -> None:
    with pytest.raises(Stopped), started(SLEEPER) as process:
        raise Stopped
    assert process.poll() is not None


def test_a_child_that_ends_by_itself_keeps_its_code() -> None:
    assert nexus.run([sys.executable, "-c", "raise SystemExit(7)"]) == 7


def test_a_problem_is_printed_as_its_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    def task(arguments: object) -> int:
        raise Problem("The shop is shut: come tomorrow.")

    handlers = {name: signal.getsignal(name) for name in (signal.SIGTERM,)}
    try:
        assert finish(task) == 1
    finally:
        for name, handler in handlers.items():
            signal.signal(name, handler)
    assert capsys.readouterr().err == "\nThe shop is shut: come tomorrow.\n"
