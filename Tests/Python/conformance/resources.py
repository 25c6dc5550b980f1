"""Resources, templates, subscriptions to single resources."""

import base64

from scenario import GATEWAY, MESSAGES, V06, V07, V11, scenario

THREE = (V06, V11, V07)


def read(caller, uri):
    caller.begin()
    answer = caller.send("resources/read", {"uri": caller.uri(uri)})
    caller.need(answer.status == 200 and answer.result, f"{answer.status} {answer.error}")
    content = answer.result["contents"][0]
    caller.check(content["uri"].endswith(uri), f"uri {content['uri']}")
    return content


@scenario("resources-list", *THREE, needs=MESSAGES)
def resources_list(caller):
    caller.begin()
    resources = caller.listed("resources/list", "resources")
    caller.check(all(each.get("uri") and each.get("name") for each in resources), "a resource without uri or name")
    uris = [each["uri"] for each in resources]
    for bare in ("test://static-text", "test://static-binary", "test://watched-resource"):
        caller.check(any(uri in (bare, caller.uri(bare)) for uri in uris), f"{bare} isn't among {uris}")


@scenario("resources-read-text", *THREE, needs=MESSAGES)
def read_text(caller):
    content = read(caller, "test://static-text")
    caller.check(content.get("text") == "This is the content of the static text resource.", f"{content}")
    caller.check(content.get("mimeType") == "text/plain", f"{content}")


@scenario("resources-read-binary", *THREE, needs=MESSAGES)
def read_binary(caller):
    content = read(caller, "test://static-binary")
    caller.check(base64.b64decode(content["blob"]).startswith(b"\x89PNG"), f"{content}")
    caller.check(content.get("mimeType") == "image/png", f"{content}")


@scenario("resources-templates-read", *THREE, needs=MESSAGES)
def read_template(caller):
    caller.begin()
    templates = caller.listed("resources/templates/list", "resourceTemplates")
    bare = "test://template/{id}/data"
    caller.check(any(each["uriTemplate"] in (bare, caller.uri(bare)) for each in templates), f"{templates}")
    content = read(caller, "test://template/123/data")
    caller.check('"123"' in content.get("text", ""), f"{content}")


@scenario("resources-subscribe", V06, V11, needs=MESSAGES)
def subscribe(caller):
    begun = caller.begin()
    announced = (begun.result["capabilities"].get("resources") or {}).get("subscribe")
    caller.check(announced is True, f"resources.subscribe is announced as {announced}")
    answer = caller.send("resources/subscribe", {"uri": caller.uri("test://watched-resource")})
    caller.check(answer.result == {}, f"{answer.status} {answer.response}")


@scenario("resources-unsubscribe", V06, V11, needs=MESSAGES)
def unsubscribe(caller):
    caller.begin()
    for method in ("resources/subscribe", "resources/unsubscribe"):
        answer = caller.send(method, {"uri": caller.uri("test://watched-resource")})
        caller.check(answer.result == {}, f"{method}: {answer.status} {answer.response}")


@scenario("sep-2164-resource-not-found", V07, needs=GATEWAY)
def not_found(caller):
    for uri in ("test://nonexistent-resource-for-testing", caller.uri("test://nonexistent-resource-for-testing")):
        answer = caller.send("resources/read", {"uri": uri})
        caller.need(answer.error, f"no error: {answer.response}")
        caller.check(answer.code == -32602, f"code {answer.code}")
        caller.check((answer.error.get("data") or {}).get("uri") == uri, f"data {answer.error.get('data')}")
