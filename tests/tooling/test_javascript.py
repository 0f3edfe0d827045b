"""The check of the handbook's scripts: which files it reads, and that it can fail."""

import shutil
from pathlib import Path

import pytest

from scripts.nexus import ROOT
from scripts.tasks.javascript import check_types

WRONG = "/** @type {number} */\nexport const wrong = location.href;\n"
UNTYPED = "export function untyped(value) {\n  return value;\n}\n"


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The project's settings for tsc, over scripts that are in order."""
    shutil.copy(ROOT / "tsconfig.json", tmp_path)
    for name in ("docs/assets/js/page.js", "docs/sw.js", "docs/assets/vendor/library.js"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("export const right = location.href;\n", encoding="utf-8")
    return tmp_path


def verdict(project: Path, capfd: pytest.CaptureFixture[str]) -> str:
    """What tsc says of a project; "" when it finds nothing."""
    code = check_types(["--project", str(project)])
    said = capfd.readouterr().out
    assert bool(code) == bool(said), said
    return said


def test_scripts_that_are_in_order_pass(copy: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert verdict(copy, capfd) == ""


@pytest.mark.parametrize("name", ["docs/assets/js/page.js", "docs/sw.js", "docs/assets/js/deeper/new.js"])
@pytest.mark.parametrize(("text", "reason"), [(WRONG, "TS2322"), (UNTYPED, "TS7006")])
def test_a_wrong_or_missing_type_is_found(
    copy: Path, capfd: pytest.CaptureFixture[str], name: str, text: str, reason: str
) -> None:
    (copy / name).parent.mkdir(exist_ok=True)
    (copy / name).write_text(text, encoding="utf-8")
    said = verdict(copy, capfd)
    assert Path(name).name in said
    assert reason in said


def test_a_service_worker_has_its_own_types(copy: Path, capfd: pytest.CaptureFixture[str]) -> None:
    scope = "const scope = /** @type {ServiceWorkerGlobalScope} */ (/** @type {unknown} */ (self));\n"
    (copy / "docs/sw.js").write_text(scope + 'scope.addEventListener("fetch", (event) => event.request.url);\n')
    assert verdict(copy, capfd) == ""
    (copy / "docs/sw.js").write_text(scope + 'scope.addEventListener("fetch", (event) => event.requests);\n')
    assert "requests" in verdict(copy, capfd)


def test_what_others_wrote_is_not_read(copy: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (copy / "docs/assets/vendor/library.js").write_text(WRONG, encoding="utf-8")
    assert verdict(copy, capfd) == ""
