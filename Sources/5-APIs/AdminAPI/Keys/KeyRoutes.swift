import HTTP
import Control
import JSON
import REST
import Store

/// `/keys`, by their prefixes.
func keyRoutes(_ services: Services) -> [Route<AdminCaller>] {
    [
        keyList(services),
        keyIssue(services),
        keyShow(services),
        keyRevoke(services),
        keyRotate(services),
    ]
}

private let prefixParameter = Parameter.path(
    "prefix",
    .string(1...1_024),
    "the 8 characters between mgw_ and the next _"
)

private func keyList(_ services: Services) -> Route<AdminCaller> {
    Route(
        .get,
        "/keys",
        id: "keyList",
        "Lists keys by their prefixes, oldest first; their texts are stored nowhere.",
        parameters: [.query("tenant", .string(1...1_024), "only this tenant's")] + Page.parameters,
        answer: Page.schema("keys", of: .reference("Key")),
        problems: [.notFound]
    ) { call throws(Problem) in
        let page = try Page(call, list: "keys")
        let (tenant, nowMs) = (call.query("tenant"), services.nowMs())
        let keys = try await services.read { reading throws(StoreError) in
            var name: TenantName?
            if let tenant { name = try checked(TenantName(tenant)) }
            return try reading.keys(of: name)
        }
        return page.answer(
            "keys",
            keys,
            place: { "\($0.id)" },
            isAfter: { $0.id > Int64($1) ?? 0 },
            json: { .object($0.json(nowMs: nowMs)) }
        )
    }
}

private func keyIssue(_ services: Services) -> Route<AdminCaller> {
    Route(
        .post,
        "/keys",
        id: "keyIssue",
        "Makes a key for a tenant, if so asked with a limit of its own, and answers it, this once.",
        body: .object(
            [
                .required("tenant", .name),
                .optional("name", .string(1...100, "what the key is for").orNull),
                .optional("expires", .expiryText.orNull),
                .optional("allow", .toolPatterns),
                .optional("deny", .toolPatterns),
            ] + limitFigures
        ),
        status: 201,
        answer: .reference("IssuedKey"),
        problems: [.notFound, .conflict]
    ) { call throws(Problem) in
        let nowMs = services.nowMs()
        let draft = KeyDraft(
            tenant: call.text("tenant") ?? "",
            name: call.text("name"),
            expires: call.text("expires"),
            allow: call.texts("allow"),
            deny: call.texts("deny")
        )
        let isLimited = ["rate", "burst", "dayQuota", "monthQuota"].contains {
            call.body[$0].map { !$0.isNull } ?? false
        }
        let issued = try await services.write(call) { writing throws(StoreError) in
            let issued = try writing.issueKey(draft, nowMs: nowMs)
            if isLimited {
                try writing.setLimit(.key(prefix: issued.record.prefix), try LimitChange(call))
            }
            return issued
        }
        return APIReply(.object(issued.record.json(nowMs: nowMs).with(("key", .string(issued.key.text)))))
    }
}

private func keyShow(_ services: Services) -> Route<AdminCaller> {
    Route(
        .get,
        "/keys/{prefix}",
        id: "keyShow",
        "Shows a key; not its text.",
        parameters: [prefixParameter],
        answer: .reference("Key"),
        problems: [.notFound]
    ) { call throws(Problem) in
        let (prefix, nowMs) = (call.path("prefix"), services.nowMs())
        let key = try await services.read { reading throws(StoreError) in try reading.key(prefix: prefix)
        }
        return APIReply(.object(key.json(nowMs: nowMs)))
    }
}

private func keyRevoke(_ services: Services) -> Route<AdminCaller> {
    Route(
        .post,
        "/keys/{prefix}/revoke",
        id: "keyRevoke",
        "Stops a key for good.",
        parameters: [prefixParameter, .dryRun],
        answer: .reference("Key"),
        problems: [.notFound]
    ) { call throws(Problem) in
        let (prefix, nowMs) = (call.path("prefix"), services.nowMs())
        let key = try await services.write(call) { writing throws(StoreError) in
            try writing.revokeKey(prefix: prefix)
        }
        return APIReply(.object(key.json(nowMs: nowMs)))
    }
}

private func keyRotate(_ services: Services) -> Route<AdminCaller> {
    Route(
        .post,
        "/keys/{prefix}/rotate",
        id: "keyRotate",
        "Makes a key that takes the place of another, and answers it, this once; the old one goes on for a while.",
        parameters: [prefixParameter, .dryRun],
        body: .object([.optional("overlap", .durationText)]),
        isBodyOptional: true,
        status: 201,
        answer: .reference("RotatedKey"),
        problems: [.notFound, .conflict]
    ) { call throws(Problem) in
        let (prefix, nowMs) = (call.path("prefix"), services.nowMs())
        let (overlap, isDryRun) = (call.text("overlap") ?? "24h", call.flag("dryRun"))
        let rotated = try await services.write(call) { writing throws(StoreError) in
            let overlapMs = overlap == "0s" ? 0 : try checked(lifeMs(overlap, for: "the old key to go on"))
            return try writing.rotateKey(prefix: prefix, overlapMs: overlapMs)
        }
        return APIReply(
            .object(
                rotated.new.record.json(nowMs: nowMs).with(
                    // A key that was only rehearsed opens nothing.
                    ("key", isDryRun ? .null : .string(rotated.new.key.text)),
                    ("replaces", .object(rotated.old.json(nowMs: nowMs)))
                )
            )
        )
    }
}
