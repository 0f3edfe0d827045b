"""The lock files: they hold what pyproject.toml asks for, with hashes, nothing of the machine that wrote them."""

import json
import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from scripts.nexus import ROOT
from scripts.tasks.lock import versions

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
NEEDED_BY_THE_API = [Requirement(line) for line in PROJECT["project"]["dependencies"]]
NEEDED_BY_ALL = NEEDED_BY_THE_API + [Requirement(line) for line in PROJECT["dependency-groups"]["dev"]]
LOCKS = {"requirements.txt": NEEDED_BY_ALL, "requirements-api.txt": NEEDED_BY_THE_API}
PACKAGES = json.loads((ROOT / "package-lock.json").read_text(encoding="utf-8"))["packages"]
ENTRY = re.compile(r"^(?P<name>[\w.-]+)==(?P<version>\S+)(?P<rest>(?:.*\\\n)+.*)$", re.MULTILINE)


def lines(name: str) -> list[str]:
    return (ROOT / name).read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize("name", LOCKS)
def test_each_direct_dependency_is_locked_at_a_version_it_allows(name: str) -> None:
    locked = versions(ROOT / name)
    wrong = [
        str(needed)
        for needed in LOCKS[name]
        if not needed.specifier.contains(locked.get(canonicalize_name(needed.name), "0.0.dev0"), prereleases=True)
        or canonicalize_name(needed.name) not in locked
    ]
    assert wrong == [], "run `python scripts/nexus.py lock`"


@pytest.mark.parametrize("name", LOCKS)
def test_every_entry_has_a_hash(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    entries = ENTRY.findall(text)
    assert len(entries) == len(versions(ROOT / name)) + repeated(name) > 20
    assert [entry[0] for entry in entries if "--hash=sha256:" not in entry[2]] == []


def repeated(name: str) -> int:
    """How many entries a lock has beyond one a package: one version for this Python, another for that."""
    names = [line.split("==")[0] for line in lines(name) if re.match(r"[\w.-]+==", line)]
    return len(names) - len(set(names))


@pytest.mark.parametrize("name", LOCKS)
def test_there_are_only_entries_hashes_and_comments(name: str) -> None:
    allowed = re.compile(r"#|[\w.-]+==[^/:]+ \\$|    --hash=sha256:[0-9a-f]{64}( \\)?$|    #")
    assert [line for line in lines(name) if line and not allowed.match(line)] == []


@pytest.mark.parametrize("name", LOCKS)
def test_nothing_names_an_index_a_folder_or_a_machine(name: str) -> None:
    assert [line for line in lines(name) if re.search(r"://|--index|--find-links|--extra|(^|\s)/\w", line)] == []


@pytest.mark.parametrize("name", LOCKS)
def test_the_header_says_which_command_writes_it(name: str) -> None:
    assert lines(name)[1] == "#    python scripts/nexus.py lock"


def test_the_api_has_the_versions_that_are_tested() -> None:
    everything = versions(ROOT / "requirements.txt")
    different = {
        name: version
        for name, version in versions(ROOT / "requirements-api.txt").items()
        if everything.get(name) != version
    }
    assert different == {}


def test_the_api_needs_no_tool_of_the_site_or_the_tests() -> None:
    assert not {"mkdocs", "pytest", "ruff", "playwright", "uv"} & versions(ROOT / "requirements-api.txt").keys()


def test_a_lock_without_hashes_would_be_seen(tmp_path: Path) -> None:
    assert ENTRY.findall("a==1.0 \\\n    --hash=sha256:00\nb==2\n") == [("a", "1.0", " \\\n    --hash=sha256:00")]


# npm's --------------------------------------------------------------------------------------------------------------


def test_each_package_of_npm_has_a_hash_and_no_address() -> None:
    entries = {name: entry for name, entry in PACKAGES.items() if name}
    assert entries
    assert [name for name, entry in entries.items() if not entry["integrity"].startswith("sha512-")] == []
    assert "resolved" not in {key for entry in entries.values() for key in entry}
    assert "://" not in json.dumps(entries)


def test_each_package_asked_of_npm_is_locked_at_that_very_version() -> None:
    asked = json.loads((ROOT / "package.json").read_text(encoding="utf-8"))
    for kind in ("dependencies", "devDependencies"):
        assert PACKAGES[""][kind] == asked[kind]
        locked = {name: PACKAGES[f"node_modules/{name}"]["version"] for name in asked[kind]}
        assert locked == asked[kind]


def test_tools_of_npm_do_not_come_into_the_page() -> None:
    asked = json.loads((ROOT / "package.json").read_text(encoding="utf-8"))
    assert [name for name in asked["devDependencies"] if not PACKAGES[f"node_modules/{name}"].get("dev")] == []
