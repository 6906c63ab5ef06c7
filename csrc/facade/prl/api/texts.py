"""What the library says about a result code: a brief text, a full one, and a class."""

import re

from common import sentence
from model import rows

GROUPS = [
    "RESULT_ERROR",
    "RESULT_QUESTION",
    "RESULT_WARNING",
    "RESULT_OTHER",
    "RESULT_ANSWER",
    "RESULT_PRIVATE",
]

# What the names of result codes begin with and sentences do not say.
PREFIX = r"^(PRL|PET|GUI)_(?:(ERR|WARN|WRN|WNG|QUEST|QUESTION|ANSWER|INFO|OTHER)_)?"

# The class of a code by its group, unless its name tells better.
CLASSES = {
    "RESULT_ERROR": "PMT_CRITICAL",
    "RESULT_QUESTION": "PMT_QUESTION",
    "RESULT_WARNING": "PMT_WARNING",
    "RESULT_ANSWER": "PMT_ANSWER",
    "RESULT_OTHER": "PMT_CRITICAL",
    "RESULT_PRIVATE": "PMT_CRITICAL",
}
CLASS_WORDS = [
    (r"_QUESTION|_QUEST_|_TRY_", "PMT_QUESTION"),
    (r"_WARN|_WRN_|_WNG_", "PMT_WARNING"),
    (r"_INFO_", "PMT_INFORMATION"),
    (r"_ANSWER", "PMT_ANSWER"),
]


def message_class(constant):
    if constant.value == 0:
        return "PMT_INFORMATION"
    if constant.group in ("RESULT_OTHER", "RESULT_PRIVATE"):
        for pattern, name in CLASS_WORDS:
            if re.search(pattern, constant.name):
                return name
    return CLASSES[constant.group]


def written(api):
    """Rows of texts.csv by the value of their code."""
    found = {}
    for row in rows("texts.csv"):
        value = api.constants[row["name"]].value
        if value in found:
            raise ValueError(f"texts.csv: {row['name']} has the number of another row")
        found[value] = row
    return found


def messages(api):
    """(value, name, brief, full, class) of every result code, sorted as unsigned numbers."""
    by_hand = written(api)
    words = {row["word"]: row["text"] for row in rows("words.csv")}
    result = []
    for value, name in api.values(*GROUPS).items():
        brief = full = sentence(name, PREFIX, words)
        if value in by_hand:
            brief, full = by_hand[value]["brief"], by_hand[value]["full"]
        result.append((value, name, brief, full, message_class(api.constants[name])))
    return sorted(result, key=lambda message: message[0] & 0xFFFFFFFF)
