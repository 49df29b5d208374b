"""Rules as data: what a playbook may say, how it is read, and the default one.

Read `schema.py` first.
"""

from pathlib import Path

DEFAULT = Path(__file__).with_name("default.yaml")
