"""data/vix_rules.csv: for every rule of the VIX API the test of it, or why there is none."""

from __future__ import annotations

import re

import rule_tables

NUMBERED = {"H": 15, "E": 5, "J": 25, "P": 5, "C": 16, "S": 16, "G": 12, "R": 13}
RULES = rule_tables.read("vix_rules.csv")


def test_every_rule_has_a_test_or_a_reason() -> None:
    rule_tables.check_complete(
        RULES, {f"{letter}{n + 1}" for letter, most in NUMBERED.items() for n in range(most)}
    )


def test_tests_of_rules_are_there_and_run() -> None:
    run = rule_tables.run_in_c("test_*.c", "VIX", "SIM") | rule_tables.run_in_python()
    rule_tables.check_tests_run(RULES, run)


def test_names_of_tests_name_their_rules() -> None:
    """h4_h5_...: the rules of these numbers have tests, though perhaps others than this."""
    known = {rule["rule"].lower() for rule in RULES}
    for names in rule_tables.run_in_c("test_vix_*.c", "VIX").values():
        for name in names:
            for word in re.findall(r"(?:^|_)([hejpcsgr]\d+)(?=_)", name):
                assert word in known, name
