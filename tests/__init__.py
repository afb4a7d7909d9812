"""Tests: unit (fast, no processes), integration (real files and processes), browser."""

from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
"""The root of the checkout."""
