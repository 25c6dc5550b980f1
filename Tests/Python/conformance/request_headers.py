"""The modern era's headers, which repeat what the body says."""

from scenario import GATEWAY, TOOLS, V07, scenario
from wire import header_value

MISMATCH = -32020


@scenario("http-header-validation", V07, needs=GATEWAY, scored=())
def validation(caller):
    tool = caller.listed("tools/list", "tools")[0]["name"]

    def call(**headers):
        return caller.send("tools/call", {"name": tool, "arguments": {}}, **headers)

    refused = [
        {"Mcp_Method": None}, {"Mcp_Name": None}, {"Mcp_Method": "tools/list"}, {"Mcp_Name": "other"},
        {"Mcp_Method": "TOOLS/CALL"}, {"Mcp_Name": tool.upper()}, {"MCP_Protocol_Version": None},
    ]  # fmt: skip
    for headers in refused:
        answer = call(**headers)
        caller.check((answer.status, answer.code) == (400, MISMATCH), f"{headers}: {answer.status} {answer.error}")
    for headers in ({}, {"mcp_name": tool, "mcp_method": "tools/call"}, {"Mcp_Name": f"  {tool}\t "}):
        answer = call(**headers)
        caller.check(answer.status == 200 and answer.result, f"{headers}: {answer.status} {answer.error}")


@scenario("http-custom-header-server-validation", V07, needs=TOOLS, scored=())
def custom(caller):
    def call(region, header):
        arguments = {} if region is None else {"region": region}
        return caller.call("test_x_mcp_header", arguments, Mcp_Param_Region=header)

    city = "Zürich 日本"
    served = [
        ("us-west1", "us-west1"), (city, header_value(city)), (None, None), ("plain", "=?base64?cGxhaW4=?="),
        # Without the beginning or the end of the form it is text.
        ("cGxhaW4=?=", "cGxhaW4=?="), ("=?base64?cGxhaW4=", "=?base64?cGxhaW4="),
    ]  # fmt: skip
    for region, header in served:
        answer = call(region, header)
        caller.check(answer.status == 200 and answer.result, f"{region!r} as {header!r}: {answer.status} {answer.error}")
        caller.check(f"region={region} " in answer.text, f"{region!r}: {answer.text}")
    refused = [
        ("us-west1", "us-west2"), ("us-west1", None), ("us-west1", "US-WEST1"),
        ("Hello", "=?base64?SGVsbG8?="), ("Hello", "=?base64?SGVs!G8=?="),
    ]  # fmt: skip
    for region, header in refused:
        answer = call(region, header)
        code = (answer.status, answer.code)
        caller.check(code == (400, MISMATCH), f"{region!r} as {header!r}: {answer.status} {answer.error}")
