"""The shipped JSON Schema agrees with the engine on the documents in tests/data/inventories.

tests/c/test_sim_inventory.c feeds the same documents to the engine. Those in `conflict` break rules
between entries, which a schema cannot say: it accepts them, the engine does not.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

DATA = Path(__file__).parent / "data" / "inventories"
SCHEMA = Path(__file__).parent.parent / "csrc" / "sim" / "inventory.schema.json"


def documents(kind: str) -> list[Any]:
    return [pytest.param(path, id=path.stem) for path in sorted((DATA / kind).glob("*.json"))]


@pytest.fixture(scope="module")
def validator() -> Draft202012Validator:
    schema = json.loads(SCHEMA.read_text())
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


@pytest.mark.parametrize("path", documents("good") + documents("conflict"))
def test_schema_accepts(validator: Draft202012Validator, path: Path) -> None:
    validator.validate(json.loads(path.read_text()))


@pytest.mark.parametrize("path", documents("bad"))
def test_schema_refuses(validator: Draft202012Validator, path: Path) -> None:
    assert not validator.is_valid(json.loads(path.read_text()))


def test_every_refusal_has_its_reason() -> None:
    for kind in ("bad", "conflict"):
        for path in (DATA / kind).glob("*.json"):
            assert path.with_suffix(".txt").read_text().strip(), path
