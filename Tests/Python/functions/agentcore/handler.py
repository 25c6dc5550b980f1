"""A tool of AgentCore Gateway: its name is in the client context, its arguments are the event."""


def handler(event, context):
    name = context.client_context.custom["bedrockAgentCoreToolName"].split("___", 1)[1]
    return {"tool": name, "email": event["email"]}
