"""Writes the tables of inventory.md anew, from csrc/sim/inventory.schema.json and csrc/sim/rows.c.

python docs/tables.py           writes them
python docs/tables.py --check   ends with 1 when they are not up to date
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

DOCS = Path(__file__).resolve().parent
SIM = DOCS.parent / "csrc" / "sim"
PAGE = DOCS / "inventory.md"
HEADINGS = {
    "inventory": "The document",
    "host": "A host",
    "user": "A user, of a host or in a guest",
    "network": "A network",
    "vm": "A machine",
    "disk": "A disk",
    "nic": "A network adapter",
    "snapshot": "A snapshot",
    "configuration": "The configuration in a snapshot",
    "guest": "A guest",
    "program": "A program in a guest",
    "timing": "The timing of an operation",
}


def kind(key: dict[str, Any]) -> str:
    """What a value looks like, in few words."""
    if "enum" in key:
        return " ".join(map(code, key["enum"]))
    if "$ref" in key:
        return str(key["$ref"]).rpartition("/")[2]
    of = key.get("items") or key.get("additionalProperties")
    if key["type"] == "array":
        return f"list of {kind(of)}"
    if key["type"] == "object":
        return "name: text" if of else "name: timing"
    if "pattern" in key:
        return "uuid" if "8}-" in key["pattern"] else "MAC address"
    if "minimum" in key:
        return f"{key['minimum']} to {key['maximum']}"
    return {"string": "text", "boolean": "true, false"}[key["type"]]


def code(word: str) -> str:
    return f"`{word}`"


def keys(schema: dict[str, Any]) -> str:
    lines: list[str] = []
    for name, heading in HEADINGS.items():
        table = schema if name == "inventory" else schema["$defs"][name]
        lines += [f"### {heading}", ""]
        if name == "configuration":  # the same rows once more would help nobody
            assert table["properties"].items() <= schema["$defs"]["vm"]["properties"].items()
            lines += [f"Of the keys of a machine: {', '.join(map(code, table['properties']))}.", ""]
            continue
        lines += ["| key | value | default | |", "|---|---|---|---|"]
        for key, facts in table["properties"].items():
            default = code(json.dumps(facts["default"])) if "default" in facts else ""
            about = facts["description"]
            about += " **Needed.**" if key in table.get("required", ()) else ""
            lines.append(f"| `{key}` | {kind(facts)} | {default} | {about} |")
        lines.append("")
    missing = set(schema["$defs"]) - set(HEADINGS)
    assert not missing, f"no heading for {missing}"
    return "\n".join(lines).rstrip()


def operations(schema: dict[str, Any], rows: str) -> str:
    """Default durations; the table in C lists them in ms behind the verdict's column."""
    lines = ["| operation | s | progress steps |", "|---|---|---|"]
    found = re.findall(r'\{"(\w+)",.*?(?:\b0|C\(\w+\)),\s+(\d+), (\d+),\s', rows)
    timings = {name: (int(ms) / 1000, steps) for name, ms, steps in found}
    for name in schema["properties"]["operations"]["properties"]:
        seconds, steps = timings[name]
        lines.append(f"| `{name}` | {seconds:g} | {steps} |")
    return "\n".join(lines)


def page() -> str:
    """The page as it ought to be."""
    text = PAGE.read_text()
    schema = json.loads((SIM / "inventory.schema.json").read_text())
    made = {"keys": keys(schema), "operations": operations(schema, (SIM / "rows.c").read_text())}
    for name, table in made.items():
        begin, end = f"<!-- {name}: made by docs/tables.py -->\n", f"\n<!-- end of {name} -->"
        before, _, rest = text.partition(begin)
        _, found, after = rest.partition(end)
        assert found, f"{PAGE} has no marks for {name}"
        text = before + begin + table + end + after
    return text


if __name__ == "__main__":
    wanted = page()
    if sys.argv[1:] == ["--check"]:
        sys.exit(wanted != PAGE.read_text())
    PAGE.write_text(wanted)
