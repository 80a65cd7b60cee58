"""Tests with packages of npm are collected if these are installed, as `make test` does."""

from harness import npm

collect_ignore = (
    []
    if npm.is_ready()
    else ["test_ag_ui.py", "test_ai_sdk.py", "test_html_in_the_browser.py", "test_use_chat.py"]
)
