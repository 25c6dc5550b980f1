"""A warehouse's stock as an MCP server, made with AWS's own small library for Lambda."""

from awslabs.mcp_lambda_handler import MCPLambdaHandler

STOCK = {"lamp-12": 40, "desk-3": 7, "chair-9": 0}

server = MCPLambdaHandler(name="stock", version="1.0.0")


@server.tool()
def stock_level(sku: str) -> int:
    """How many pieces of an article are in the warehouse.

    Args:
        sku: the article's number, such as lamp-12
    """
    return found(sku)


@server.tool()
def can_deliver(sku: str, quantity: int) -> bool:
    """Whether an article can be delivered from stock in this quantity.

    Args:
        sku: the article's number, such as lamp-12
        quantity: pieces
    """
    return found(sku) >= quantity


def found(sku):
    if sku not in STOCK:
        raise ValueError(f"there is no article {sku!r}")
    return STOCK[sku]


def handler(event, context):
    """The event of an API Gateway REST API in, its answer out."""
    return server.handle_request(event, context)
