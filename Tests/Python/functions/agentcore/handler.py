"""A tool of AgentCore Gateway: its name is in the client context, its arguments are the event."""


def handler(event, context):
    custom = context.client_context.custom
    name = custom["bedrockAgentCoreToolName"].split("___", 1)[1]
    return {
        "tool": name,
        "email": event["email"],
        "target": custom["bedrockAgentCoreTargetId"],
        "message": custom["bedrockAgentCoreMcpMessageId"],
        "version": custom["bedrockAgentCoreMessageVersion"],
        "idLength": len(custom["bedrockAgentCoreAwsRequestId"]),
    }
