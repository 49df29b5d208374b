"""What we do about it: signals become nudges, events, records. Imports `models` and `stream`.

Read `pipeline.py` first.
"""
