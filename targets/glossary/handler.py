"""A team's glossary as an MCP server of one's own: the official SDK's web application, and Mangum to take Lambda's HTTP events."""

import mangum
from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.exceptions import ToolError

TERMS = {
    "churn": "The share of customers who leave within a month.",
    "runway": "How many months the money lasts at the present rate of spending.",
    "MRR": "Monthly recurring revenue: what all subscriptions bring in a month.",
}

server = MCPServer("glossary", log_level="WARNING")


@server.tool()
def define(term: str) -> str:
    """What a term means in this company."""
    for known, meaning in TERMS.items():
        if known.lower() == term.strip().lower():
            return meaning
    raise ToolError(f"the glossary has no {term!r}; list_terms says what it has")


@server.tool()
def list_terms() -> list[str]:
    """The terms that the glossary has, by the alphabet."""
    return sorted(TERMS, key=str.lower)


def handler(event, context):
    """An HTTP event in, an HTTP answer out.

    Mangum starts and ends the application with each event, and the SDK's can be started once: so each event has its own. It keeps
    nothing from one event to the next, as another execution environment may get that.
    """
    application = server.streamable_http_app(json_response=True, stateless_http=True)
    return mangum.Mangum(application)(event, context)
