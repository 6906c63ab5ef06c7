#!/usr/bin/env python3
"""Makes everything that follows from the tables of the VIX API.

    python3 generate.py OUTDIR

The build runs this. A file whose text would stay the same is not touched.
Needs Python 3.8 and nothing else.
"""

import os
import sys

sys.dont_write_bytecode = True  # a build leaves the source tree as it was

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(1, os.path.join(HERE, "..", "..", "common_api"))

import bindings  # noqa: E402
import common  # noqa: E402
import headers  # noqa: E402
import pybinding  # noqa: E402
import tables  # noqa: E402
from model import Api  # noqa: E402


def files(api):
    """(path, text) of every generated file."""
    for path, text in headers.files(api):
        yield "include/" + path, text
    yield "vix_stubs.c", tables.stubs(api)
    yield "vix_tables.h", tables.header()
    yield "vix_tables.c", tables.source(api)
    yield from common.bound("vix", api, bindings, pybinding)


if __name__ == "__main__":
    common.main(__doc__, files(Api()), sys.argv[1:])
