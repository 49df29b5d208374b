"""The history of the store's tables, run to its head whenever a store is opened.

A change of `coach/storage/tables.py` needs one more file in `versions/`, numbered on from the last;
a test fails until the two agree. Files of a released version are never edited.
"""
