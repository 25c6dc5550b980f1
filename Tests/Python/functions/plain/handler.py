"""A plain function: its arguments are the event."""


def handler(event, context):
    return {"greeting": f"Hello, {event['name']}"}
