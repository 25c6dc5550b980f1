import HTTP
import JSON
import Policy
import REST
import Store

/// `/subscriptions`: the tenant's own, asked for and taken back.
func subscriptionRoutes(_ services: Services) -> [Route<PortalCaller>] {
    let id = Parameter.path("id", .pathText, "the subscription's id")
    return [
        subscriptionList(services),
        subscriptionRequest(services),
        Route(
            .get,
            "/subscriptions/{id}",
            id: "subscriptionShow",
            "Shows a subscription.",
            parameters: [id],
            answer: .reference("Subscription"),
            problems: [.notFound]
        ) { call throws(Problem) in
            let (id, tenant, nowMs) = (try call.id(), call.caller.tenant, services.nowMs())
            let found = try await services.read(call, missing: .noSubscription) {
                reading throws(StoreError) in
                try reading.subscription(id, of: tenant, nowMs: nowMs)
            }
            return APIReply(found.json)
        },
        Route(
            .delete,
            "/subscriptions/{id}",
            id: "subscriptionCancel",
            "Takes back what was asked for, while nobody has decided; once more changes nothing.",
            parameters: [id],
            answer: .reference("Subscription"),
            problems: [.notFound, .conflict]
        ) { call throws(Problem) in
            let (id, tenant, nowMs) = (try call.id(), call.caller.tenant, services.nowMs())
            let cancelled = try await services.write(call, missing: .noSubscription) {
                writing throws(StoreError) in
                let found = try writing.reading.subscription(id, of: tenant, nowMs: nowMs)
                switch found.state {
                case .cancelled: return found
                case .pending: return try writing.cancelSubscription(id, of: tenant)
                // The store's own words would name who decided.
                case .approved, .denied, .revoked, .expired:
                    throw StoreError(
                        .conflict,
                        "subscription \(id) is \(found.state.rawValue), so it can't be cancelled",
                        hint: "only what is pending can; an operator ends what is approved"
                    )
                }
            }
            return APIReply(cancelled.json)
        },
    ]
}

private func subscriptionList(_ services: Services) -> Route<PortalCaller> {
    Route(
        .get,
        "/subscriptions",
        id: "subscriptionList",
        "Lists your subscriptions, the newest first.",
        parameters: [
            .query(
                "state",
                .oneOf(SubscriptionRecord.State.allCases.map { $0.rawValue }),
                "only in this state"
            )
        ] + Page.parameters,
        answer: Page.schema("subscriptions", of: .reference("Subscription"))
    ) { call throws(Problem) in
        let page = try Page(call, list: "subscriptions")
        let nowMs = services.nowMs()
        let filter = SubscriptionFilter(
            tenant: call.caller.tenant,
            state: call.query("state").flatMap { SubscriptionRecord.State(rawValue: $0) },
            beforeID: page.afterID,
            limit: page.limit + 1
        )
        let found = try await services.read(call, missing: .noSubscription) { reading throws(StoreError) in
            try reading.subscriptions(filter, nowMs: nowMs)
        }
        let shown = found.prefix(page.limit)
        let next = found.count > page.limit ? shown.last.map { "\($0.id)" } : nil
        return page.answer("subscriptions", shown.map { $0.json }, next: next)
    }
}

private func subscriptionRequest(_ services: Services) -> Route<PortalCaller> {
    Route(
        .post,
        "/subscriptions",
        id: "subscriptionRequest",
        "Asks for a target; while one is pending or approved, that one is the answer, with status 200.",
        body: .object([
            .required("target", .string(1...2_048)),
            .optional("tools", .toolPatterns),
            .optional("reason", .string(1...1_000, "for whoever decides").orNull),
        ]),
        status: 201,
        repeatStatus: 200,
        answer: .reference("Subscription"),
        problems: [.notFound, .conflict]
    ) { call throws(Problem) in
        guard let target = try? TargetName(call.text("target") ?? "") else { throw .noTarget }
        let (tenant, reason, tools) = (call.caller.tenant, call.text("reason"), try patterns(call))
        let requested = try await services.write(call, missing: .noTarget) { writing throws(StoreError) in
            guard try writing.reading.target(target).isEnabled else {
                throw StoreError(.notFound, "target \(target) is disabled")
            }
            return try writing.requestSubscription(
                tenant: tenant,
                target: target,
                tools: tools,
                reason: reason
            )
        }
        return APIReply(status: requested.isNew ? 201 : 200, requested.record.json)
    }
}

private func patterns(_ call: APICall<PortalCaller>) throws(Problem) -> [NamePattern] {
    var patterns: [NamePattern] = []
    for (index, text) in call.texts("tools").enumerated() {
        guard let pattern = NamePattern(text) else {
            let detail = "is no pattern: 1 to \(NamePattern.bytesMax) visible ASCII characters"
            throw Problem(
                .invalid,
                "/tools/\(index) \(detail)",
                hint: "give one such as time___*",
                errors: [.init("/tools/\(index)", detail)]
            )
        }
        patterns.append(pattern)
    }
    return patterns
}

extension APICall<PortalCaller> {
    /// The path's `id`.
    /// - Throws: `.notFound` for a text that is no id: it's as unknown as an id that nobody has.
    fileprivate func id() throws(Problem) -> Int64 {
        guard let id = Int64(path("id")), id > 0, "\(id)" == path("id") else { throw .noSubscription }
        return id
    }
}
