"""Tests with packages of npm are collected if this machine has Node."""

from harness import npm

collect_ignore = [] if npm.FOUND else ["test_ai_sdk.py"]
