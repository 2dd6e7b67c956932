"""Benchmarks: ``python -m bench [NAME] [options]``, never a timed test.

``backfill`` reads a shop of prepared pages into a store, ``derive`` makes persons and offers of it,
``woocommerce`` reads one that is as slow as a real shop beside bare ``requests``, ``memory`` reads a small
and a large one, ``suggest`` compares accounts, ``febrl`` counts what that finds in known data. Each measured
piece of work but the last runs in a process of its own; figures are medians.
"""
