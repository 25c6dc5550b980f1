"""Judges lists of tools: each line of stdin is {"version": ..., "result": {"tools": [...]}} as the gateway writes it.

Each tool must be valid by that revision's schema.json (the folder is the argument), and the official client must take
the whole list. Prints a line for each fault, then "judged N tools".
"""

import json
import sys
from pathlib import Path

import jsonschema
from mcp.types import ListToolsResult

folder = Path(sys.argv[1])
count = 0
validators = {}
for line in sys.stdin:
    given = json.loads(line)
    version, result = given["version"], given["result"]
    if version not in validators:
        schema = json.loads((folder / f"{version}.json").read_text())
        place = "$defs" if "$defs" in schema else "definitions"
        kind = jsonschema.validators.validator_for(schema)
        validators[version] = kind({"$ref": f"#/{place}/Tool", place: schema[place]})
    for tool in result["tools"]:
        count += 1
        for error in validators[version].iter_errors(tool):
            print(version, tool["name"], error.json_path, error.message[:200])
    try:
        ListToolsResult.model_validate_json(json.dumps(result))
    except Exception as error:
        print(version, "the official client:", str(error)[:300])
print("judged", count, "tools")
