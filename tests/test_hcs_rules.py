"""data/hcs_rules.csv: for every rule of the HCS API the test of it, or why there is none."""

from __future__ import annotations

import csv
import re
from pathlib import Path

TESTS = Path(__file__).resolve().parent
NUMBERED = {1: 25, 2: 8, 3: 19}


def rules() -> list[dict[str, str]]:
    with open(TESTS / "data" / "hcs_rules.csv", newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def run_in_c() -> set[str]:
    text = "".join(file.read_text() for file in (TESTS / "c").glob("test_hcs_*.c"))
    return set(re.findall(r"\bHCS\((\w+)\)", text))


def test_every_rule_has_a_test_or_a_reason() -> None:
    names = [rule["rule"] for rule in rules()]
    assert len(names) == len(set(names))
    assert {f"{part}.{n + 1}" for part, most in NUMBERED.items() for n in range(most)} <= {*names}
    assert {str(part) for part in range(4, 15)} <= {*names}
    assert [rule for rule in rules() if bool(rule["test"]) == bool(rule["why_not"])] == []


def test_tests_of_rules_are_there_and_run() -> None:
    run = run_in_c()
    assert [rule["rule"] for rule in rules() if rule["test"] and rule["test"] not in run] == []


def test_names_of_tests_name_their_rules() -> None:
    """r1_4_...: the rules of these numbers are in the table."""
    known = {rule["rule"].split()[0] for rule in rules()}
    for name in run_in_c():
        head = re.match(r"r((?:\d+_)+)(?=[a-qs-z])", name)
        if not head:
            continue
        numbers = head[1].strip("_").split("_")
        first = int(numbers[0])
        pairs = zip(numbers[::2], numbers[1::2], strict=True) if first <= 3 else ()
        assert {".".join(pair) for pair in pairs} <= known, name
        assert first <= 3 or numbers[0] in known, name
