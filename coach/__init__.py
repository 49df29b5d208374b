"""What we do about it: signals become nudges, events, records. Imports `models` and `stream`.

Read `pipeline.py` first.
"""

import os

# numpy's matrix products are small here, and its threads spin between them on the cores that
# Whisper's workers need: a quarter of all CPU time (measured). It reads this when it is imported.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
