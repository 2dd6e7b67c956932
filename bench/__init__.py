"""Benchmarks: ``python -m bench [NAME] [options]``, never a timed test.

``backfill`` reads a shop of prepared pages into a store, ``derive`` makes persons and offers of it. Each
measured piece of work runs in a process of its own; figures are medians.
"""
