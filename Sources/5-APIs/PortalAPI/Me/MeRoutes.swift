import HTTP
import JSON
import Policy
import REST

/// `/me`: whom the credential speaks for, and what it is.
func meRoutes(_ services: Services) -> [Route<PortalCaller>] {
    [
        Route(
            .get,
            "/me",
            id: "me",
            "Shows the tenant, and the key or token that was presented.",
            answer: .reference("Me")
        ) { call throws(Problem) in
            APIReply(json(of: call.caller, nowMs: services.nowMs()))
        }
    ]
}

private func json(of caller: PortalCaller, nowMs: Int64) -> JSONValue {
    let key = caller.key
    var expiresAtMs = key?.expiresAtMs
    if case .token(let grant) = caller.principal.credential { expiresAtMs = grant.expiresAtMs }
    return [
        "tenant": .string(caller.entry.name),
        "title": .optional(caller.entry.title),
        "credential": key == nil ? "token" : "key",
        "keyName": .optional(key?.name),
        "keyPrefix": .optional(key?.prefix),
        "allow": .texts((key?.allow ?? []).map { $0.text }),
        "deny": .texts((key?.deny ?? []).map { $0.text }),
        "subject": .optional(caller.token?.subject),
        "client": .optional(caller.token?.client),
        "scopes": caller.token.map { .texts($0.scopes) } ?? .null,
        "expiresAtMs": .optional(expiresAtMs),
        "tools": .int(caller.snapshot.visibleTools(for: caller.principal, nowMs: nowMs).count),
    ]
}

let meSchema = Schema.object([
    .required("tenant", .name),
    .required("title", .string().orNull),
    .required("credential", .oneOf(["key", "token"])),
    .required("keyName", .string().orNull),
    .required("keyPrefix", .string(1...64).orNull),
    .required("allow", .array(.string(1...200), "patterns that the key is narrowed to; none for all")),
    .required("deny", .array(.string(1...200), "patterns that the key never reaches")),
    .required("subject", .string(0...65_536, "the token's sub").orNull),
    .required("client", .string(0...65_536, "the token's client_id or azp").orNull),
    .required("scopes", .array(.string(), "those of the token's that mean something here").orNull),
    .required("expiresAtMs", .moment.orNull),
    .required("tools", .integer(0...JSONInteger.max, "how many it can call")),
])
