"""Judges lines of CloudWatch's embedded metric format: embedded_metrics.py FILE

By the rules of the CloudWatch user guide ("Specification: Embedded metric format"), in a schema and in code, and those of the API
reference for names of dimensions; values with counts as the API's MetricDatum has them. Prints what was published as JSON:
a list of {"metric", "unit", "dimensions", "values", "counts"}. Exit status 1 with what is wrong.
"""

import json
import math
import sys
from pathlib import Path

import jsonschema

NAME = {"type": "string", "minLength": 1, "maxLength": 255}
UNITS = ["Seconds", "Microseconds", "Milliseconds", "Bytes", "Kilobytes", "Megabytes", "Percent", "Count", "None"]
DIRECTIVE = {
    "type": "object",
    "additionalProperties": False,
    "required": ["Namespace", "Dimensions", "Metrics"],
    "properties": {
        "Namespace": {**NAME, "pattern": "^[A-Za-z0-9._/#:-]+$"},
        "Dimensions": {
            "type": "array",
            "minItems": 1,
            "items": {"type": "array", "maxItems": 30, "uniqueItems": True, "items": {**NAME, "maxLength": 250}},
        },
        "Metrics": {
            "type": "array",
            "minItems": 1,
            "maxItems": 100,
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["Name"],
                "properties": {
                    "Name": NAME,
                    "Unit": {"enum": UNITS},
                    "StorageResolution": {"enum": [1, 60]},
                },
            },
        },
    },
}
SCHEMA = {
    "type": "object",
    "required": ["_aws"],
    "properties": {
        "_aws": {
            "type": "object",
            "required": ["Timestamp", "CloudWatchMetrics"],
            "properties": {
                "Timestamp": {"type": "integer", "minimum": 1},
                "CloudWatchMetrics": {"type": "array", "items": DIRECTIVE},
                "LogGroupName": {"type": "string", "pattern": "^[A-Za-z0-9._/#-]{1,512}$"},
            },
            "additionalProperties": False,
        }
    },
}
# The limit for one event of CloudWatch Logs when the format was published; now it is 1 MB.
BYTES_MAX = 256 * 1024


def main():
    published, faults = [], []
    for number, line in enumerate(Path(sys.argv[1]).read_bytes().splitlines(), 1):
        try:
            published += judge(line)
        except (ValueError, jsonschema.ValidationError) as error:
            faults.append(f"line {number}: {error}\n{line[:2000]}")
    if faults:
        print("\n".join(faults))
        sys.exit(1)
    print(json.dumps(published))


def judge(line):
    need(len(line) <= BYTES_MAX, "too large")
    document = json.loads(line.decode("utf-8", errors="strict"), object_pairs_hook=members, parse_constant=constant)
    jsonschema.validate(document, SCHEMA)
    for directive in document["_aws"]["CloudWatchMetrics"]:
        for names in directive["Dimensions"]:
            for name in names:
                dimension(document.get(name))
        for metric in directive["Metrics"]:
            values, counts = target(document.get(metric["Name"]))
            for names in directive["Dimensions"]:
                yield {
                    "namespace": directive["Namespace"],
                    "metric": metric["Name"],
                    "unit": metric.get("Unit", "None"),
                    "dimensions": {name: document[name] for name in names},
                    "values": values,
                    "counts": counts,
                }


def dimension(value):
    need(isinstance(value, str), "a dimension's target is no string")
    need(1 <= len(value) <= 1024, "a dimension's value is too short or too long")
    need(all(0x20 <= ord(character) < 0x7F for character in value), "a dimension's value isn't plain ASCII")
    need(value.strip() and not value.startswith(":"), "a dimension's value is blank or begins with a colon")


def target(value):
    """A number, up to 100 of them, or values with counts."""
    if isinstance(value, dict):
        need(set(value) == {"Values", "Counts", "Max", "Min", "Count", "Sum"}, f"members {sorted(value)}")
        values, counts = value["Values"], value["Counts"]
        need(len(values) == len(counts), "not a count for each value")
        need(sum(counts) == value["Count"] and all(count >= 1 for count in counts), "the counts don't add up")
        need(min(values) == value["Min"] and max(values) == value["Max"], "not the least or the largest")
        total = sum(one * count for one, count in zip(values, counts))
        need(math.isclose(total, value["Sum"], rel_tol=1e-3, abs_tol=1e-3), "the sum isn't theirs")
    else:
        values = value if isinstance(value, list) else [value]
        counts = [1] * len(values)
    need(1 <= len(values) <= 100, f"{len(values)} values")
    for one in [*values, *counts]:
        need(isinstance(one, (int, float)) and not isinstance(one, bool), f"{one!r} is no number")
        need(abs(one) <= 2**360, "out of CloudWatch's range")
    return values, counts


def members(pairs):
    need(len({name for name, _ in pairs}) == len(pairs), "a member twice")
    return dict(pairs)


def constant(word):
    raise ValueError(f"{word} isn't JSON")


def need(holds, fault):
    if not holds:
        raise ValueError(fault)


if __name__ == "__main__":
    main()
