"""Judges lists: each line of stdin is {"version": ..., "result": {"tools": [...]}} as the gateway writes it, or the same with
prompts, resources or resourceTemplates.

Each entry must be valid by that revision's schema.json (the folder is the argument), and the official client must take
the whole list. Prints a line for each fault, then "judged N tools", or whatever was judged last.
"""

import json
import sys
from pathlib import Path

import jsonschema
from mcp.types import ListPromptsResult, ListResourcesResult, ListResourceTemplatesResult, ListToolsResult

KINDS = {
    "tools": ("Tool", ListToolsResult),
    "prompts": ("Prompt", ListPromptsResult),
    "resources": ("Resource", ListResourcesResult),
    "resourceTemplates": ("ResourceTemplate", ListResourceTemplatesResult),
}

folder = Path(sys.argv[1])
count = 0
validators = {}
for line in sys.stdin:
    given = json.loads(line)
    version, result = given["version"], given["result"]
    member = next(member for member in KINDS if member in result)
    definition, model = KINDS[member]
    if (version, member) not in validators:
        schema = json.loads((folder / f"{version}.json").read_text())
        place = "$defs" if "$defs" in schema else "definitions"
        kind = jsonschema.validators.validator_for(schema)
        validators[version, member] = kind({"$ref": f"#/{place}/{definition}", place: schema[place]})
    for tool in result[member]:
        count += 1
        for error in validators[version, member].iter_errors(tool):
            print(version, tool["name"], error.json_path, error.message[:200])
    try:
        model.model_validate_json(json.dumps(result))
    except Exception as error:
        print(version, "the official client:", str(error)[:300])
print("judged", count, member)
