"""The check of the house finds each fault that it is there for, in small trees."""

import sys
from pathlib import Path

import pytest

from harness import house

LONG_FUNCTION = "def f() -> None:\n" + "    pass\n" * 40


@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        (
            {"sse_pipeline/a.py": "class Row: ...\n", "project/b.py": "class Row: ...\n"},
            "sse_pipeline/a.py:1: class Row has the name of a class in project/b.py:1",
        ),
        (
            {"sse_pipeline/a.py": "class _Row: ...\nclass X:\n    class _Row: ...\n"},
            "sse_pipeline/a.py:3: class _Row has the name of a class in sse_pipeline/a.py:1",
        ),
        (
            {"sse_pipeline/a/writer.py": "", "sse_pipeline/b/writer.py": ""},
            "sse_pipeline/b/writer.py:1: module writer has the name of sse_pipeline/a/writer.py",
        ),
        ({"docs/long.py": "\n" * 301}, "docs/long.py:1: 301 lines, and not 300 at most"),
        (
            {"sse_pipeline/a.py": LONG_FUNCTION},
            "sse_pipeline/a.py:1: f has 41 lines, and not 40 at most",
        ),
        (
            {f"sse_pipeline/m{number}.py": "" for number in range(17)},
            "sse_pipeline:1: 17 files lie here, and not 16 at most",
        ),
        (
            {"tests/test_a.py": "store._entries\n"},
            "tests/test_a.py:1: _entries is a private name of another object",
        ),
        (
            {"harness/a.py": "\nfrom sse_pipeline.stores import _making\n"},
            "harness/a.py:2: _making is a private name of another module",
        ),
        (
            {"benchmarks/a.py": "import a._b\n"},
            "benchmarks/a.py:1: _b is a private name of another module",
        ),
        (
            {
                "tests/test_a.py": "from sse_pipeline import stores\n"
                "monkeypatch.setattr(stores.current(), 'shared', True)\n"
            },
            "tests/test_a.py:2: stores.current() belongs to the package: do not patch",
        ),
        (
            {"tests/test_a.py": "monkeypatch.delattr('project.model.ask')\n"},
            "tests/test_a.py:1: 'project.model.ask' belongs to the package: do not patch",
        ),
        (
            {"tests/test_a.py": "@mock.patch('sse_pipeline.conf.get')\ndef test_a(): ...\n"},
            "tests/test_a.py:1: 'sse_pipeline.conf.get' belongs to the package: do not patch",
        ),
        (
            {
                "tests/test_a.py": "import sse_pipeline.conf as c\n"
                "with patch.object(c, 'get'):\n    pass\n"
            },
            "tests/test_a.py:2: c belongs to the package: do not patch",
        ),
        (
            {"tests/test_a.py": "import time\ntime.sleep(1)\n"},
            "tests/test_a.py:2: a test that sleeps: wait for an event or turn a clock",
        ),
        (
            {"tests/test_a.py": "async def f():\n    await asyncio.sleep(delay)\n"},
            "tests/test_a.py:2: a test that sleeps: wait for an event or turn a clock",
        ),
        (
            {"tests/test_a.py": "from time import sleep as pause\npause(1)\n"},
            "tests/test_a.py:2: a test that sleeps: wait for an event or turn a clock",
        ),
        (
            {"tests/test_a.py": "threading.Event().wait(0.5)\n"},
            "tests/test_a.py:1: a test that sleeps: wait for an event or turn a clock",
        ),
        (
            {"sse_pipeline/tts/log.py": "", "sse_pipeline/log/__init__.py": ""},
            "sse_pipeline/tts/log.py:1: module log has the name of sse_pipeline/log/__init__.py",
        ),
        (
            {"tests/test_a.py": "getattr(handler, '_stream')\n"},
            "tests/test_a.py:1: _stream is a private name of another object",
        ),
        (
            {"tests/test_a.py": "attrgetter('stream._store')(handler)\n"},
            "tests/test_a.py:1: _store is a private name of another object",
        ),
        (
            {"tests/test_a.py": "from sse_pipeline import metrics\nmetrics.SAMPLING = 1\n"},
            "tests/test_a.py:2: metrics.SAMPLING belongs to the package: do not patch",
        ),
        (
            {"tests/test_a.py": "from sse_pipeline.conf import A\ndel A['b']\n"},
            "tests/test_a.py:2: A['b'] belongs to the package: do not patch",
        ),
        (
            {
                "tests/test_a.py": "from sse_pipeline import stores\nstore = stores.current()\n"
                "monkeypatch.setattr(target=store, name='shared', value=True)\n"
            },
            "tests/test_a.py:3: store belongs to the package: do not patch",
        ),
        (
            {
                "tests/test_a.py": "from sse_pipeline import conf\n"
                "monkeypatch.setitem(conf.__dict__, 'MIB', 2)\n"
            },
            "tests/test_a.py:2: conf.__dict__ belongs to the package: do not patch",
        ),
    ],
)
def test_a_fault_is_found(files: dict[str, str], sentence: str, tmp_path: Path) -> None:
    assert found(tmp_path, files) == [sentence]


CLEAN = {
    "sse_pipeline/__init__.py": "",
    "sse_pipeline/models.py": "class A:\n    class Meta: ...\nclass B:\n    class Meta: ...\n",
    "sse_pipeline/stores/__init__.py": "",
    "sse_pipeline/stores/base.py": "class C:\n    def f(self):\n        return other._x\n",
    "sse_pipeline/tts/base.py": "",
    "sse_pipeline/management/commands/models.py": "class Command: ...\n",
    "sse_pipeline/migrations/0001_initial.py": "class Migration: ...\n" + "\n" * 400,
    "tests/test_a.py": (
        "import os\n"
        "from harness.wire import Wire\n"
        "async def test_a(monkeypatch):\n"
        "    monkeypatch.setattr(Wire(), 'send', None)\n"
        "    monkeypatch.setenv('A', 'B')\n"
        "    await asyncio.sleep(0)\n"
        "    model._meta\n"
        "    os._exit(0)\n"
        "class D:\n"
        "    def f(self): return self._x\n"
    ),
    "harness/a.py": "import time\ntime.sleep(1)\n",
}


def test_a_clean_tree_has_none(tmp_path: Path) -> None:
    assert found(tmp_path, CLEAN) == []


@pytest.mark.parametrize(("last", "cycles"), [("from . import a", 1), ("", 0)])
def test_a_cycle_is_found_though_only_types_need_it(
    last: str, cycles: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = f"package_with_{cycles}_cycles"
    guarded = f"from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    {last or 'pass'}\n"
    write(
        tmp_path,
        {
            f"{name}/__init__.py": "",
            f"{name}/a.py": "from . import b\n",
            f"{name}/b.py": "from . import c\n",
            f"{name}/c.py": guarded,
        },
    )
    monkeypatch.syspath_prepend(tmp_path)
    faults = list(house.check_cycles(name))
    assert len(faults) == cycles
    for fault in faults:
        assert {f"{name}.{each}" in fault.sentence for each in "abc"} == {True}
    assert name not in sys.modules  # it is read, and not imported


def found(root: Path, files: dict[str, str]) -> list[str]:
    write(root, files)
    return [f"{fault.place}: {fault.sentence}" for fault in house.check(root)]


def write(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
