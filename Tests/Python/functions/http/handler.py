"""An MCP server in AWS's own library, which expects the event of an API Gateway REST API."""

from awslabs.mcp_lambda_handler import MCPLambdaHandler

server = MCPLambdaHandler(name="sums", version="1.0.0")


@server.tool()
def add(a: int, b: int) -> int:
    """The sum of two numbers."""
    return a + b


def handler(event, context):
    return server.handle_request(event, context)
