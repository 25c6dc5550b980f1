import Control
import HTTP
import Policy
import REST
import Store

/// `/subscriptions`: requests of tenants for access to targets, and the decisions on them.
enum Subscriptions {
    static let all: [any AnyOperation<Services>] = [request, list, show, approve, deny, revoke]

    private struct RequestArguments: Arguments {
        let tenant = Argument.member("tenant", .tenant()).operand("the tenant's name").offering(.tenants)
        let target = Argument.member("target", .target()).operand("the target's name").offering(.targets)
        let tools = Argument.list("tools", .toolPatterns)
            .option("PATTERN", "only tools that match, such as time___*; all when left out")
        let reason = Argument.optional("reason", .reason).option("R")
    }

    private static let request = AdminOperation.changing(
        .post,
        "/subscriptions",
        id: "subscriptionRequest",
        "Asks for a target in a tenant's name; while one is pending or approved, that one is the answer.",
        takes: RequestArguments.self,
        answers: SubscriptionForm.self,
        problems: [.notFound, .conflict],
        verb: Verb(
            "subscription request",
            "Asks for a target in a tenant's name.",
            details: "While one is pending or approved, that one is the answer.",
            example: "mcp-gateway subscription request team-a time --reason 'for the planner'",
            shows: .done { subscription in
                let next: Sentence? =
                    subscription.state == SubscriptionRecord.State.pending.rawValue
                    ? "; `mcp-gateway subscription approve \(subscription.id)` grants it" : nil
                return "\(name(subscription)) is \(subscription.state)\(next)"
            }
        )
    ) { writing, call, _ throws(StoreError) in
        try writing.requestSubscription(
            tenant: call.tenant,
            target: call.target,
            tools: call.tools,
            reason: call.reason
        ).record
    }

    private struct ListArguments: Arguments {
        let state = Argument.query("state", .words(of: SubscriptionRecord.State.self), "only in this state")
            .option("S", "only pending, approved, denied, revoked, expired or cancelled")
        let tenant = Argument.query("tenant", .tenant(.anyName), "only this tenant's").option("NAME")
            .offering(.tenants)
        let target = Argument.query("target", .target(.anyName), "only to this target").option("NAME")
            .offering(.targets)
        let page = PageArguments()
    }

    private static let list = AdminOperation(
        .get,
        "/subscriptions",
        id: "subscriptionList",
        "Lists subscriptions, the newest first.",
        takes: ListArguments.self,
        answers: ListForm<SubscriptionForm>.self,
        problems: [.notFound],
        verb: Verb(
            "subscription list",
            "Lists what tenants asked for and what was decided, the newest first.",
            example: "mcp-gateway subscription list --state pending",
            shows: .table(SubscriptionForm.columns) { given in
                if given.state == SubscriptionRecord.State.pending.rawValue {
                    return "no subscriptions wait; `mcp-gateway subscription list` shows those decided"
                }
                return given.isEmpty
                    ? "no subscriptions yet; `mcp-gateway subscription request` asks for a target in a tenant's name"
                    : "no such subscriptions; `mcp-gateway subscription list` shows all"
            }
        )
    ) { call throws(Problem) in
        let (page, nowMs) = (try call.page(of: "subscriptions"), call.nowMs)
        let found = try await call.read { reading throws(StoreError) in
            var filter = SubscriptionFilter(
                state: call.state,
                beforeID: page.afterID,
                limit: page.limit + 1
            )
            filter.tenant = call.tenant
            filter.target = call.target
            return try reading.subscriptions(filter, nowMs: nowMs)
        }
        return page.cut(reading: found, place: { "\($0.id)" })
    }

    private struct OneArguments: Arguments {
        let id = subscriptionID
    }

    private static let show = AdminOperation.reading(
        "/subscriptions/{id}",
        id: "subscriptionShow",
        "Shows a subscription.",
        takes: OneArguments.self,
        answers: SubscriptionForm.self,
        problems: [.notFound],
        verb: Verb(
            "subscription show",
            "Shows all about one subscription.",
            example: "mcp-gateway subscription show 17",
            shows: .details(SubscriptionForm.details)
        )
    ) { reading, call throws(StoreError) in
        try reading.subscription(call.id, nowMs: call.nowMs)
    }

    private struct ApproveArguments: Arguments {
        let id = subscriptionID
        let expires = Argument.optional("expires", .expiryText)
            .option(
                "30d|DAY",
                "how long it holds, or the UTC day such as 2027-01-01 it ends at; for ever when left out"
            )
        let tools = Argument.list("tools", .toolPatterns)
            .option("PATTERN", "only what was asked for and matches, such as time___*")
        let reason = Argument.optional("reason", .reason).option("R")
        let dryRun = Argument.dryRun
    }

    private static let approve = AdminOperation.changing(
        .post,
        "/subscriptions/{id}/approve",
        id: "subscriptionApprove",
        "Grants what was asked for, as far as `tools` match too, until it expires.",
        takes: ApproveArguments.self,
        answers: SubscriptionForm.self,
        isBodyOptional: true,
        problems: [.notFound, .conflict],
        verb: Verb(
            "subscription approve",
            "Grants what a tenant asked for.",
            example: "mcp-gateway subscription approve 17 --expires 30d --tools 'time___*'",
            shows: .done { subscription in
                let end: Sentence? = subscription.expiresAtMs.map { " until \(moment: $0)" }
                let tools = subscription.approvedTools.joined(separator: " ")
                let only: Sentence? = tools.isEmpty ? nil : ", only \(tools)"
                return "approved \(name(subscription))\(end)\(only)"
            }
        ).offering(\.id, .pendingSubscriptions)
    ) { writing, call, _ throws(StoreError) in
        var expiresAtMs: Int64?
        if let expires = call.expires {
            expiresAtMs = try checked(expiryMs(expires, for: "an approval to hold", nowMs: call.nowMs))
        }
        return try writing.approveSubscription(
            call.id,
            reason: call.reason,
            expiresAtMs: expiresAtMs,
            tools: call.tools
        )
    }

    private struct EndArguments: Arguments {
        let id = subscriptionID
        let reason = Argument.optional("reason", .reason).option("R")
        let dryRun = Argument.dryRun
    }

    private static let deny = AdminOperation.changing(
        .post,
        "/subscriptions/{id}/deny",
        id: "subscriptionDeny",
        "Refuses what was asked for; the tenant may ask again.",
        takes: EndArguments.self,
        answers: SubscriptionForm.self,
        isBodyOptional: true,
        problems: [.notFound, .conflict],
        verb: Verb(
            "subscription deny",
            "Refuses what a tenant asked for; it may ask again.",
            example: "mcp-gateway subscription deny 17 --reason 'use the archive instead'",
            shows: .done { "denied \(name($0))" }
        ).offering(\.id, .pendingSubscriptions)
    ) { writing, call, _ throws(StoreError) in
        try writing.denySubscription(call.id, reason: call.reason)
    }

    private static let revoke = AdminOperation.changing(
        .post,
        "/subscriptions/{id}/revoke",
        id: "subscriptionRevoke",
        "Takes an approval back; the tenant may ask again.",
        takes: EndArguments.self,
        answers: SubscriptionForm.self,
        isBodyOptional: true,
        problems: [.notFound, .conflict],
        verb: Verb(
            "subscription revoke",
            "Takes an approval back, at once; the tenant may ask again.",
            example: "mcp-gateway subscription revoke 17 --reason 'the project has ended'",
            shows: .done { "revoked \(name($0))" }
        ).offering(\.id, .approvedSubscriptions)
    ) { writing, call, _ throws(StoreError) in
        try writing.revokeSubscription(call.id, reason: call.reason)
    }

    private static var subscriptionID: Argument<Int64> {
        .path("id", .id, "the subscription's id").operand("the subscription's number").offering(
            .subscriptions
        )
    }

    private static func name(_ subscription: Answer<SubscriptionForm>) -> Sentence {
        "subscription \(subscription.id) of tenant \(subscription.tenant) to \(subscription.target)"
    }
}
