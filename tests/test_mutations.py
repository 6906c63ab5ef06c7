"""What tests/mutations.py breaks on purpose must still be there: who changes such a line changes it
there, too. (Whether the tests notice is what the program itself finds out.)"""

from __future__ import annotations

import pytest
from mutations import MUTATIONS, ROOT, Mutation


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.name)
def test_what_is_broken_stands_there_once(mutation: Mutation) -> None:
    text = (ROOT / "csrc" / mutation.file).read_text()
    assert text.count(mutation.old) == 1, f"{mutation.name}: bring it in step with {mutation.file}"
    tests = [*ROOT.glob("tests/c/*.c"), *ROOT.glob("tests/stress/*.c")]
    assert set(mutation.tests) <= {path.stem for path in tests}
