"""data/hcs_rules.csv: for every rule of the HCS API the test of it, or why there is none."""

from __future__ import annotations

import re

import rule_tables

NUMBERED = {1: 25, 2: 8, 3: 19}
RULES = rule_tables.read("hcs_rules.csv")
RUN = rule_tables.run_in_c("test_hcs_*.c", "HCS")


def test_every_rule_has_a_test_or_a_reason() -> None:
    expected = {f"{part}.{n + 1}" for part, most in NUMBERED.items() for n in range(most)}
    rule_tables.check_complete(RULES, expected | {str(part) for part in range(4, 15)})


def test_tests_of_rules_are_there_and_run() -> None:
    rule_tables.check_tests_run(RULES, RUN)


def test_names_of_tests_name_their_rules() -> None:
    """r1_4_...: the rules of these numbers are in the table."""
    known = {rule["rule"].split()[0] for rule in RULES}
    for name in set().union(*RUN.values()):
        head = re.match(r"r((?:\d+_)+)(?=[a-qs-z])", name)
        if not head:
            continue
        numbers = head[1].strip("_").split("_")
        first = int(numbers[0])
        pairs = zip(numbers[::2], numbers[1::2], strict=True) if first <= 3 else ()
        assert {".".join(pair) for pair in pairs} <= known, name
        assert first <= 3 or numbers[0] in known, name
