/// handler.py of a new function: tools as decorated Python functions.
enum PlainHandler {
    static func text(target: String) -> String { template.replacing("%TARGET%", with: target) }

    private static let template = #"""
        """%TARGET%: tools for agents, as an AWS Lambda function.

        A function marked with @tool is a tool: agents read its docstring, and its parameters are the tool's arguments.
        While `mcp-gateway serve --local` runs, the next call after a save runs the new code.
        """

        import os
        import sys

        # What requirements.txt names is installed there, and goes to Lambda with this file.
        sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "packages"))

        import inspect
        import json
        import typing

        TOOLS = {}


        def tool(function):
            TOOLS[function.__name__] = function
            return function


        @tool
        def greet(name: str, times: int = 1) -> str:
            """Greets somebody by name."""
            return " ".join([f"Hello, {name}!"] * times)


        @tool
        def count_words(text: str) -> dict:
            """Counts the words of a text, and its characters."""
            return {"words": len(text.split()), "characters": len(text)}


        # From here on nothing needs to change for another tool.

        TYPES = {str: "string", int: "integer", float: "number", bool: "boolean", list: "array", dict: "object"}


        def handler(event, context):
            """`{"method", "params"}` in, `{"statusCode", "body"}` out: the contract mcp-wrapper."""
            if event.get("method") == "tools/list":
                return answer({"tools": [describe(name, function) for name, function in TOOLS.items()]})
            function = TOOLS[event["params"]["name"]]
            arguments = event["params"].get("arguments") or {}
            try:
                inspect.signature(function).bind(**arguments)
            except TypeError as error:  # for the model, which can mend its call
                return answer({"content": [{"type": "text", "text": str(error)}], "isError": True})
            # What a tool raises reaches the model as an error with its text; the traceback stays in the log.
            value = function(**arguments)
            text = value if isinstance(value, str) else json.dumps(value)
            result = {"content": [{"type": "text", "text": text}]}
            if isinstance(value, dict):
                result["structuredContent"] = value
            return answer(result)


        def describe(name, function):
            properties, required = {}, []
            for parameter in inspect.signature(function, eval_str=True).parameters.values():
                kind = typing.get_origin(parameter.annotation) or parameter.annotation
                properties[parameter.name] = {"type": TYPES[kind]} if kind in TYPES else {}
                if parameter.default is parameter.empty:
                    required.append(parameter.name)
                else:
                    properties[parameter.name]["default"] = parameter.default
            schema = {"type": "object", "properties": properties, "required": required}
            return {"name": name, "description": inspect.getdoc(function) or name, "inputSchema": schema}


        def answer(result):
            return {"statusCode": 200, "body": json.dumps(result)}

        """#
}
