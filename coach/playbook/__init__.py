"""Playbooks: rules as data."""

from pathlib import Path

DEFAULT = Path(__file__).with_name("default.yaml")
"""The playbook of pharma patient support that comes with the product."""
