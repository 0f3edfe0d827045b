"""The strict build: assets first, then MkDocs, and every warning is an error with its file and line."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mkdocs.commands.build import build
from mkdocs.config import load_config
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import Abort, MkDocsException

from hub.assets import copy_assets
from hub.blocks import misspelt_headers, running
from hub.diagnostics import Collector, Finding, Sources, findings
from hub.redirects import faults, write_redirects
from hub.source import ROOT

CONFIG_FILE = ROOT / "mkdocs.yml"


def build_site(
    config_file: Path = CONFIG_FILE,
    site_dir: Path | None = None,
    site_url: str | None = None,
    *,
    run_blocks: bool = True,
) -> list[Finding]:
    """Build the site and return what is wrong; nothing when it is good.

    Without `run_blocks` each block is shown as it is written, and only the text around it is checked.

    `site_dir` and `site_url` stand in for those of mkdocs.yml. Pages link relatively, so the address matters only to
    the 404 page, which is served at any depth, and to the site map.
    """
    docs = config_file.parent / "docs"
    copy_assets(docs)
    found = [Finding(*fault) for fault in [*misspelt_headers(sorted(docs.rglob("*.md"))), *faults(docs)]]
    ran = running.set(run_blocks)
    try:
        return found + run_mkdocs(config_file, site_dir, site_url, only_changed=False)
    finally:
        running.reset(ran)


def build_changed(config_file: Path, site_dir: Path, site_url: str) -> list[Finding]:
    """Build again, in place, the pages that are newer than their HTML; links between pages are not checked."""
    return run_mkdocs(config_file, site_dir, site_url, only_changed=True)


def run_mkdocs(config_file: Path, site_dir: Path | None, site_url: str | None, *, only_changed: bool) -> list[Finding]:
    """Run MkDocs and return what it, its plugins and the hub's extensions complain about."""
    with collected_messages() as messages:
        try:
            config = read_config(config_file, site_dir, site_url, strict=not only_changed)
            config.plugins.on_startup(command="serve" if only_changed else "build", dirty=only_changed)
            build(config, dirty=only_changed)
            if not only_changed:
                write_redirects(Path(config.docs_dir), Path(config.site_dir), config.site_url or "")
        except Abort:
            pass  # the messages say why
        except MkDocsException as error:
            messages.append(str(error))
        except Exception as error:  # noqa: BLE001  # an extension may raise anything
            # MkDocs has already logged the page, with the same message.
            if not any(str(error) in message for message in messages):
                messages.append(f"{type(error).__name__}: {error}")
    sources = Sources(config_file.parent / "docs", config_file)
    wanted = (message for message in messages if not (only_changed and is_about_the_whole(message)))
    return [finding for message in wanted for finding in findings(message, sources)]


def is_about_the_whole(message: str) -> bool:
    """Whether a message only means that a partial build knows less than a whole one."""
    return "'dirty' build" in message or message.startswith("mkdocs_autorefs:")


def read_config(config_file: Path, site_dir: Path | None, site_url: str | None, *, strict: bool) -> MkDocsConfig:
    """Return the configuration. Raises Abort or ConfigurationError when it is wrong."""
    options = {"site_dir": str(site_dir)} if site_dir else {}
    if site_url:
        options["site_url"] = site_url
    return load_config(config_file=str(config_file), strict=strict, **options)


@contextmanager
def collected_messages() -> Iterator[list[str]]:
    """Collect the warnings and errors logged inside, and keep them from the terminal until they have a place."""
    logger = logging.getLogger("mkdocs")
    collector, propagates = Collector(), logger.propagate
    logger.addHandler(collector)
    logger.propagate = False
    try:
        yield collector.messages
    finally:
        logger.removeHandler(collector)
        logger.propagate = propagates
