"""What the generators of all facades share: reading tables, filling templates, writing files.

A facade's api/generate.py puts this folder on sys.path. Needs Python 3.8 and nothing else.
"""

import csv
import os
import re
import sys

HERE = os.path.dirname(os.path.abspath(__file__))


def rows(folder, name):
    """Rows of one table as dictionaries."""
    with open(os.path.join(folder, name), newline="", encoding="utf-8") as table:
        return list(csv.DictReader(table))


def template(folder, name, **parts):
    """The text of a file in templates/ with each part in place of its mark, @part@."""
    with open(os.path.join(folder, "templates", name), encoding="utf-8") as source:
        text = source.read()
    for mark, part in parts.items():
        text = text.replace(f"@{mark}@", part)
    return text


def quoted(text):
    """A C string."""
    return '"{}"'.format(text.replace("\\", "\\\\").replace('"', '\\"'))


def sentence(name, prefix, words):
    """PRL_ERR_VM_BAD_NETWORK -> VM bad network. `prefix` is a pattern of what is not said."""
    parts = re.sub(prefix, "", name).split("_")
    text = " ".join(words.get(part, part.lower()) for part in parts if part)
    return text[:1].upper() + text[1:] + "."


def constants_module(api, many, groups):
    """The Python module with all constants of an API, about so `many`.

    Groups are (name, [(constant, text)]).
    """
    lines = []
    for name, members in groups:
        lines.append(f"[{name}]")
        lines += [f"{constant} {text}" for constant, text in members]
    return template(HERE, "constants.py", api=api, many=many, body="\n".join(lines))


def python_text(name, text):
    """A text as the constants module holds it."""
    if set(text) & set("'\\\"\n"):
        raise ValueError(f"{name}: a text with quotes or backslashes")
    return f"'{text}'"


def exports(functions):
    """Names of all functions, sorted, one a line."""
    return "\n".join(sorted(function.name for function in functions)) + "\n"


def bound(name, api, bindings, pybinding):
    """(path, text) of what every facade has for Python, and of its list of exports."""
    yield f"{name}_cdef.h", bindings.cdef(api)
    yield f"{name}_constants.py", bindings.constants(api)
    yield f"{name}_functions.py", pybinding.functions(api)
    yield f"{name}.pyi", pybinding.stubs(api)
    yield f"{name}_exports.txt", bindings.exports(api)


def write(path, text):
    """Writes the file unless it has this text already."""
    data = text.encode("utf-8")
    try:
        with open(path, "rb") as old:
            if old.read() == data:
                return
    except FileNotFoundError:
        os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as new:
        new.write(data)


def main(usage, files, arguments):
    """Writes all (path, text) below the one folder that the arguments name."""
    if len(arguments) != 1:
        sys.exit(usage)
    for path, text in files:
        write(os.path.join(arguments[0], path), text)
