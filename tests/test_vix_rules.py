"""data/vix_rules.csv: for every rule of the VIX API the test of it, or why there is none."""

from __future__ import annotations

import csv
import re
from pathlib import Path

TESTS = Path(__file__).resolve().parent
NUMBERED = {"H": 15, "E": 5, "J": 25, "P": 5, "C": 16, "S": 16, "G": 12, "R": 13}


def rules() -> list[dict[str, str]]:
    with open(TESTS / "data" / "vix_rules.csv", newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_every_rule_has_a_test_or_a_reason() -> None:
    names = [rule["rule"] for rule in rules()]
    assert len(names) == len(set(names))
    assert {f"{letter}{n + 1}" for letter, most in NUMBERED.items() for n in range(most)} <= {
        *names
    }
    assert [rule for rule in rules() if bool(rule["test"]) == bool(rule["why_not"])] == []


def test_tests_of_rules_are_there_and_run() -> None:
    c = "".join(file.read_text() for file in (TESTS / "c").glob("test_*.c"))
    python = "".join(file.read_text() for file in TESTS.glob("test_*.py"))
    run = {*re.findall(r"\b(?:VIX|SIM)\((\w+)\)", c), *re.findall(r"^def (test_\w+)", python, re.M)}
    assert [rule["rule"] for rule in rules() if rule["test"] and rule["test"] not in run] == []


def test_names_of_tests_name_their_rules() -> None:
    """h4_h5_...: the rules of these numbers have tests, though perhaps others than this."""
    known = {rule["rule"].lower() for rule in rules()}
    for file in (TESTS / "c").glob("test_vix_*.c"):
        for name in re.findall(r"\bVIX\((\w+)\)", file.read_text()):
            for word in re.findall(r"(?:^|_)([hejpcsgr]\d+)(?=_)", name):
                assert word in known, name
