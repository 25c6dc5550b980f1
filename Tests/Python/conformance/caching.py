"""What the modern era says of caching, in every list and in reads."""

from scenario import MESSAGES, V07, scenario


@scenario("caching", V07, needs=MESSAGES)
def caching(caller):
    resources = caller.listed("resources/list", "resources")
    caller.need(resources, "no resources are listed")
    requests = [("server/discover", {}), ("resources/read", {"uri": resources[0]["uri"]})]
    requests += [(f"{kind}/list", {}) for kind in ("tools", "prompts", "resources", "resources/templates")]
    for method, params in requests:
        answer = caller.send(method, params)
        caller.need(answer.result, f"{method}: {answer.status} {answer.error}")
        time, scope = answer.result.get("ttlMs"), answer.result.get("cacheScope")
        caller.check(isinstance(time, int) and time >= 0, f"{method}: ttlMs {time}")
        caller.check(scope in ("public", "private"), f"{method}: cacheScope {scope}")
