"""data/vir_rules.csv: for every rule of the libvirt-style API the test of it, or why there is none.

Parts of a rule's name: its section (1 virJob, 2 its history, 3 jobs of domains, 4 states, 5 events,
6 errors and connections, 7 the world test:///default, 8 XML), and our own name for it.
"""

from __future__ import annotations

import re
from collections import Counter

import rule_tables

IN_SECTION = {"s1": 41, "s2": 8, "s3": 13, "s4": 40, "s5": 18, "s6": 13, "s7": 12, "s8": 20}
RULES = rule_tables.read("vir_rules.csv")
IN_C = rule_tables.run_in_c("test_vir_*.c", "VIR", "SIM")


def test_every_rule_has_a_test_or_a_reason() -> None:
    rule_tables.check_complete(RULES, set())
    assert Counter(rule["rule"].split(".")[0] for rule in RULES) == IN_SECTION


def test_tests_of_rules_are_there_and_run() -> None:
    rule_tables.check_tests_run(RULES, IN_C | rule_tables.run_in_python())


def test_tests_named_after_a_section_are_in_the_table() -> None:
    """s4_...: a test that was written for a rule is found from the table."""
    named = {test.rpartition(":")[2] for rule in RULES for test in rule["test"].split()}
    written = [name for names in IN_C.values() for name in names if re.match(r"s\d_", name)]
    assert [name for name in written if name not in named] == []
