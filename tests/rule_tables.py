"""data/*_rules.csv: for every rule of an API the tests of it, or why there is none.

Columns: rule, what (the rule in a few words), test, why_not. A test is the name of a function, or
file:function; several are apart by spaces. C tests count when main() of their program runs them.
"""

from __future__ import annotations

import csv
import re
from pathlib import Path

TESTS = Path(__file__).resolve().parent
Rules = list[dict[str, str]]


def read(name: str) -> Rules:
    with open(TESTS / "data" / name, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def check_complete(rules: Rules, expected: set[str]) -> None:
    """Each rule is there once, and has tests or a reason, not both."""
    names = [rule["rule"] for rule in rules]
    assert [name for name in names if names.count(name) > 1] == []
    assert expected - {*names} == set()
    assert [rule for rule in rules if bool(rule["test"]) == bool(rule["why_not"])] == []


def run_in_c(pattern: str, *macros: str) -> dict[str, set[str]]:
    """By file: the tests that the programs of tests/c run, with one of these macros."""
    call = re.compile(rf"\b(?:{'|'.join(macros)})\((\w+)\)")
    return {file.name: {*call.findall(file.read_text())} for file in (TESTS / "c").glob(pattern)}


def run_in_python(pattern: str = "test_*.py") -> dict[str, set[str]]:
    call = re.compile(r"^(?:async )?def (test_\w+)", re.M)
    return {file.name: {*call.findall(file.read_text())} for file in TESTS.glob(pattern)}


def check_tests_run(rules: Rules, run: dict[str, set[str]]) -> None:
    """The tests that rules name are there and run."""
    anywhere = set().union(*run.values())
    missing = []
    for rule in rules:
        for test in rule["test"].split():
            file, _, name = test.rpartition(":")
            if name not in (run.get(file, set()) if file else anywhere):
                missing.append((rule["rule"], test))
    assert missing == []
