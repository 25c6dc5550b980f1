"""An order desk as AgentCore Gateway calls it: the event is the arguments, the client context has the tool's name.

Nothing in it is for mcp-gateway: such a function serves both at once.
"""

ORDERS = {
    "A-1001": {"customer": "Ada", "state": "shipped", "items": 3},
    "A-1002": {"customer": "Grace", "state": "packing", "items": 1},
}


def handler(event, context):
    # `target___tool`, as the agent knows it.
    name = context.client_context.custom["bedrockAgentCoreToolName"]
    name = name[name.index("___") + len("___") :]
    match name:
        case "get_order":
            return get_order(event["order_id"])
        case "list_orders":
            return list_orders(event.get("state"))
    raise ValueError(f"unknown tool: {name}")


def get_order(order_id):
    if order_id not in ORDERS:
        return {"content": [{"type": "text", "text": f"there is no order {order_id}"}], "isError": True}
    return {"order_id": order_id, **ORDERS[order_id]}


def list_orders(state):
    found = [number for number, order in ORDERS.items() if state in (None, order["state"])]
    return {"orders": found, "count": len(found)}
