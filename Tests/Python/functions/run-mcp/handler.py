"""An MCP server of PyPI behind run-mcp-servers-with-aws-lambda, in all the ways in which that takes events.

Needs the first major version of mcp: .venv-mcp1. It starts the server for each event.
"""

import sys

from mcp.client.stdio import StdioServerParameters
from mcp_lambda import (
    APIGatewayProxyEventHandler,
    APIGatewayProxyEventV2Handler,
    BedrockAgentCoreGatewayTargetHandler,
    StdioServerAdapterRequestHandler,
    stdio_server_adapter,
)

server = StdioServerParameters(command=sys.executable, args=["-m", "mcp_server_calculator"])
requests = StdioServerAdapterRequestHandler(server)

http_v1 = APIGatewayProxyEventHandler(requests).handle
http_v2 = APIGatewayProxyEventV2Handler(requests).handle
agentcore = BedrockAgentCoreGatewayTargetHandler(requests).handle


def jsonrpc(event, context):
    return stdio_server_adapter(server, event, context)
