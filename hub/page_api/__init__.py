"""The API as the page runs it: `demo_api`, its packages, a seeded database and Python itself, as files of the site.

`build_page_api` makes them (`build.py`): it collects the sources (`sources.py`), has the page's own Python compile
them under Node (`pack.mjs`, `pack.py`), boots the result once and keeps its memory (`snapshot.mjs`), and writes the
files, named by their content, with a manifest. The page's side is `docs/assets/js/page-api/`.
"""
