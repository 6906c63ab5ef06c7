"""Row H: imports.py MODULE: how long the import takes, and how many modules come with it."""

from __future__ import annotations

import contextlib
import importlib
import sys

from report import clock, emit

name = sys.argv[1]
with contextlib.suppress(ImportError):
    importlib.import_module("cffi")
before = set(sys.modules)
start = clock()
try:
    importlib.import_module(name)
except ImportError:
    sys.exit(3)
emit("H", name, "import", "ms", "", (clock() - start) / 1e6)
emit("H", name, "modules", "modules", "", len(set(sys.modules) - before))
