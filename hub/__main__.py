"""`python -m hub build` makes the static site; `python -m hub docs` serves it while you write."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from hub.build import CONFIG_FILE, build_site
from hub.measurements.command import add_options, in_a_browser, measure
from hub.offline import write_lists
from hub.page_api.build import PageApiError, build_page_api, sizes
from hub.serve import serve
from hub.source import ROOT, display_path
from hub.update import update

PAGE_API = ROOT / "docs" / "assets" / "vendor" / "page-api"


def main(arguments: list[str] | None = None) -> int:
    """Run one command; return 0, or 1 when the handbook has something wrong with it."""
    parser = argparse.ArgumentParser(prog="python -m hub", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    build = commands.add_parser("build", help="build the site strictly into site/")
    build.add_argument("--site-dir", type=Path, help="another folder for the built site")
    build.add_argument("--site-url", help="the address it will be served at; only the 404 page and site map need it")
    build.add_argument("--config-file", type=Path, default=CONFIG_FILE, help=argparse.SUPPRESS)
    build.add_argument("--without-running", action="store_true", help="show every block as it is written")
    build.add_argument("--brief", action="store_true", help="print the findings and nothing else")
    commands.add_parser("page-api", help="make the files of the API that runs in the page")
    add_options(commands.add_parser("measure", help="take the measurements again"))
    docs = commands.add_parser("docs", help="serve the handbook and reload it when a page is saved")
    docs.add_argument("--port", type=int, default=8000)
    docs.add_argument("--host", default="127.0.0.1")
    docs.add_argument("--update", action="store_true", help="rewrite stale outputs and recordings, and end")
    docs.add_argument("--config-file", type=Path, default=CONFIG_FILE, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.command == "docs":
        return update(options.config_file.resolve()) if options.update else serve(options.host, options.port)
    if options.command == "page-api":
        return run_page_api()
    if options.command == "measure":
        return (run_page_api() if in_a_browser(options) else 0) or measure(options)
    return run_build(options)


def run_page_api() -> int:
    """Make the in-page API's files, unless nothing they are made from has changed."""
    started = time.perf_counter()
    try:
        made = build_page_api(PAGE_API)
    except PageApiError as error:
        print(error, file=sys.stderr)
        return 1
    if made:
        print(f"Built the in-page API in {time.perf_counter() - started:.1f} s: {sizes(PAGE_API)}.")
    return 0


def run_build(options: argparse.Namespace) -> int:
    """Build, and print each finding on a line of its own, or how long it took."""
    started = time.perf_counter()
    site_dir = options.site_dir.resolve() if options.site_dir else None
    run_blocks = not options.without_running
    found = build_site(options.config_file.resolve(), site_dir, options.site_url, run_blocks=run_blocks)
    if not found:
        write_lists(site_dir or options.config_file.resolve().parent / "site")
    for finding in found:
        print(finding, file=sys.stderr)
    if options.brief:
        return 1 if found else 0
    if found:
        print(f"The handbook was not built: {len(found)} to mend.", file=sys.stderr)
        return 1
    print(f"Built {display_path(site_dir or ROOT / 'site')}/ in {time.perf_counter() - started:.1f} s.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
