"""Figures that somebody measured, each with an id: what it is, what it was, when, on which commit and machine.

`figures.py` says which figures there are and what they should stay below. `book.py` reads and writes the file that
holds them, `docs/reference/measurements.json`. `command.py` is `python -m hub measure`, which takes them again:
`page_api.py` does so in a browser, with `probe.js` in the page, and `cache.py` in a process. `page.py` is the directive
that shows them.
"""
