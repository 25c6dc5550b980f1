import Control
import HTTP
import JSON
import REST
import Store

/// `/subscriptions`: tenants' access to targets, asked for and decided.
func subscriptionRoutes(_ services: Services) -> [Route<AdminCaller>] {
    [
        subscriptionList(services),
        subscriptionRequest(services),
        subscriptionShow(services),
        subscriptionApprove(services),
        ending("deny", "Refuses what was asked for; the tenant may ask again.", services) {
            writing,
            id,
            reason throws(StoreError) in
            try writing.denySubscription(id, reason: reason)
        },
        ending("revoke", "Takes an approval back; the tenant may ask again.", services) {
            writing,
            id,
            reason throws(StoreError) in
            try writing.revokeSubscription(id, reason: reason)
        },
    ]
}

private func subscriptionRequest(_ services: Services) -> Route<AdminCaller> {
    Route(
        .post,
        "/subscriptions",
        id: "subscriptionRequest",
        "Asks for a target in a tenant's name; while one is pending or approved, that one is the answer.",
        body: .object([
            .required("tenant", .name), .required("target", .name),
            .optional("tools", .toolPatterns), .optional("reason", .reason),
        ]),
        answer: .reference("Subscription"),
        problems: [.notFound, .conflict]
    ) { call throws(Problem) in
        let (tenant, target) = (call.text("tenant") ?? "", call.text("target") ?? "")
        let (tools, reason) = (call.texts("tools"), call.text("reason"))
        let requested = try await services.write(call) { writing throws(StoreError) in
            try writing.requestSubscription(
                tenant: try checked(TenantName(tenant)),
                target: try checked(TargetName(target)),
                tools: try checked(namePatterns(tools)),
                reason: reason
            )
        }
        return APIReply(requested.record.json)
    }
}

private func subscriptionShow(_ services: Services) -> Route<AdminCaller> {
    Route(
        .get,
        "/subscriptions/{id}",
        id: "subscriptionShow",
        "Shows a subscription.",
        parameters: [.subscription],
        answer: .reference("Subscription"),
        problems: [.notFound]
    ) { call throws(Problem) in
        let (id, nowMs) = (call.id, services.nowMs())
        let found = try await services.read { reading throws(StoreError) in
            try reading.subscription(id, nowMs: nowMs)
        }
        return APIReply(found.json)
    }
}

private func subscriptionApprove(_ services: Services) -> Route<AdminCaller> {
    Route(
        .post,
        "/subscriptions/{id}/approve",
        id: "subscriptionApprove",
        "Grants what was asked for, as far as `tools` match too, until it expires.",
        parameters: [.subscription, .dryRun],
        body: .object([
            .optional("reason", .reason), .optional("expires", .expiryText.orNull),
            .optional("tools", .toolPatterns),
        ]),
        isBodyOptional: true,
        answer: .reference("Subscription"),
        problems: [.notFound, .conflict]
    ) { call throws(Problem) in
        let (id, nowMs, reason) = (call.id, services.nowMs(), call.text("reason"))
        let (expires, tools) = (call.text("expires"), call.texts("tools"))
        let approved = try await services.write(call) { writing throws(StoreError) in
            var expiresAtMs: Int64?
            if let expires {
                expiresAtMs = try checked(expiryMs(expires, for: "an approval to hold", nowMs: nowMs))
            }
            return try writing.approveSubscription(
                id,
                reason: reason,
                expiresAtMs: expiresAtMs,
                tools: try checked(namePatterns(tools))
            )
        }
        return APIReply(approved.json)
    }
}

private func subscriptionList(_ services: Services) -> Route<AdminCaller> {
    Route(
        .get,
        "/subscriptions",
        id: "subscriptionList",
        "Lists subscriptions, the newest first.",
        parameters: [
            .query("tenant", .string(1...1_024), "only this tenant's"),
            .query("target", .string(1...1_024), "only to this target"),
            .query(
                "state",
                .oneOf(SubscriptionRecord.State.allCases.map { $0.rawValue }),
                "only in this state"
            ),
        ] + Page.parameters,
        answer: Page.schema("subscriptions", of: .reference("Subscription")),
        problems: [.notFound]
    ) { call throws(Problem) in
        let page = try Page(call, list: "subscriptions")
        let nowMs = services.nowMs()
        let (tenant, target) = (call.query("tenant"), call.query("target"))
        let state = call.query("state").flatMap { SubscriptionRecord.State(rawValue: $0) }
        let found = try await services.read { reading throws(StoreError) in
            var filter = SubscriptionFilter(state: state, beforeID: page.afterID, limit: page.limit + 1)
            if let tenant { filter.tenant = try checked(TenantName(tenant)) }
            if let target { filter.target = try checked(TargetName(target)) }
            return try reading.subscriptions(filter, nowMs: nowMs)
        }
        let shown = found.prefix(page.limit)
        let next = found.count > page.limit ? shown.last.map { "\($0.id)" } : nil
        return page.answer("subscriptions", shown.map { $0.json }, next: next)
    }
}

private func ending(
    _ verb: String,
    _ summary: String,
    _ services: Services,
    _ end:
        @escaping @Sendable (borrowing WriteTransaction, Int64, String?) throws(StoreError) ->
        SubscriptionRecord
) -> Route<AdminCaller> {
    Route(
        .post,
        "/subscriptions/{id}/\(verb)",
        id: verb == "deny" ? "subscriptionDeny" : "subscriptionRevoke",
        summary,
        parameters: [.subscription, .dryRun],
        body: .object([.optional("reason", .reason)]),
        isBodyOptional: true,
        answer: .reference("Subscription"),
        problems: [.notFound, .conflict]
    ) { call throws(Problem) in
        let (id, reason) = (call.id, call.text("reason"))
        let ended = try await services.write(call) { writing throws(StoreError) in
            try end(writing, id, reason)
        }
        return APIReply(ended.json)
    }
}

extension Parameter {
    fileprivate static let subscription = Parameter.path("id", .id, "the subscription's id")
}

extension Schema {
    fileprivate static let reason = Schema.string(1...1_000, "for the other side and the audit log").orNull
}
