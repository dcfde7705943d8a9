"""Holds reports to the schema that describes them.

In: on standard input the schema on one line, then one report a line. Out: a line for each error.
Exit code 3: there is no `jsonschema` to judge by.

Those who read reports must let pass what they do not know, so the schema does too; whoever writes
them must not write it, so the schema is closed here.
"""

import json
import sys

try:
    from jsonschema import Draft202012Validator
except ImportError:
    sys.exit(3)


def closed(schema):
    """The schema without room for fields and words that it does not name."""
    if isinstance(schema, list):
        return [closed(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    schema = {key: closed(value) for key, value in schema.items()}
    if isinstance(schema.get("properties"), dict):
        schema["additionalProperties"] = False
    if isinstance(schema.get("examples"), list):
        schema["enum"] = schema["examples"]
    return schema


schema = json.loads(sys.stdin.readline())
Draft202012Validator.check_schema(schema)
judges = [Draft202012Validator(schema), Draft202012Validator(closed(schema))]
for number, line in enumerate(sys.stdin):
    report = json.loads(line)
    for judge in judges:
        for error in judge.iter_errors(report):
            print(f"report {number}: {error.json_path}: {error.message[:200]}")
