"""The same answers on a server's Python and in the page's Python: the API's own contract tests, literally.

How: `recorder.py` runs tests/api once more and writes down every request with all that its answer depends on (database,
files, throttle counters, changed settings, the time, a seed for what is random), and every answer. `stage.py` asks the
same in the page's Python, booted under Node (`page.mjs`), from the same state; `compare.py` compares. A request that
follows another of the same test is asked on what the page itself has written, once its rows have been found the same.

Why not scenarios alone: the contract tests make 2,600 requests that somebody thought about, and whoever adds a test
adds a comparison. With one clock and one chance on both sides nothing has to be blanked out: tokens, ids, entity tags
and times are equal to the byte.

What that leaves over, `scenarios.py` declares: the documentation's exchanges and longer stories on the seeded
catalogue, in a sub-path, with a running clock and true chance, and on both ways of booting. The recorded requests are
asked after the boot from the snapshot only: asking them twice would double the run, and after the boot the code is the
same.
"""
