import HTTP
import Policy
import REST
import Store

/// `/subscriptions`: the tenant's own subscriptions, which it requests and cancels.
enum Subscriptions {
    static let all: [any AnyOperation<Services>] = [list, request, show, cancel]

    private struct ListArguments: Arguments {
        let state = Argument.query("state", .words(of: SubscriptionRecord.State.self), "only in this state")
        let page = PageArguments()
    }

    private static let list = PortalOperation(
        .get,
        "/subscriptions",
        id: "subscriptionList",
        "Lists your subscriptions, the newest first.",
        takes: ListArguments.self,
        answers: ListForm<SubscriptionForm>.self
    ) { call throws(Problem) in
        let (page, nowMs) = (try call.page(of: "subscriptions"), call.nowMs)
        let filter = SubscriptionFilter(
            tenant: call.caller.tenant,
            state: call.state,
            beforeID: page.afterID,
            limit: page.limit + 1
        )
        let found = try await call.read(missing: .noSubscription) { reading throws(StoreError) in
            try reading.subscriptions(filter, nowMs: nowMs)
        }
        return page.cut(reading: found, place: { "\($0.id)" })
    }

    private struct RequestArguments: Arguments {
        let target = Argument.member("target", .anyTarget)
        let tools = Argument.list("tools", .toolPatterns)
        let reason = Argument.optional("reason", .text(1...1_000, "for whoever decides"))
    }

    private static let request = PortalOperation(
        .post,
        "/subscriptions",
        id: "subscriptionRequest",
        "Asks for a target; while one is pending or approved, that one is the answer, with status 200.",
        takes: RequestArguments.self,
        answers: RequestedSubscriptionForm.self,
        status: 201,
        repeated: (200, { !$0.isNew }),
        problems: [.notFound, .conflict]
    ) { call throws(Problem) in
        let tenant = call.caller.tenant
        return try await call.write(missing: .noTarget) { writing throws(StoreError) in
            guard try writing.reading.target(call.target).isEnabled else {
                throw StoreError(.notFound, "target \(call.target) is disabled")
            }
            return try writing.requestSubscription(
                tenant: tenant,
                target: call.target,
                tools: call.tools,
                reason: call.reason
            )
        }
    }

    private struct OneArguments: Arguments {
        let id = Argument.path("id", .anyID, "the subscription's id")
    }

    private static let show = PortalOperation(
        .get,
        "/subscriptions/{id}",
        id: "subscriptionShow",
        "Shows a subscription.",
        takes: OneArguments.self,
        answers: SubscriptionForm.self,
        problems: [.notFound]
    ) { call throws(Problem) in
        let (tenant, nowMs) = (call.caller.tenant, call.nowMs)
        return try await call.read(missing: .noSubscription) { reading throws(StoreError) in
            try reading.subscription(call.id, of: tenant, nowMs: nowMs)
        }
    }

    private static let cancel = PortalOperation(
        .delete,
        "/subscriptions/{id}",
        id: "subscriptionCancel",
        "Takes back what was asked for, while nobody has decided; once more changes nothing.",
        takes: OneArguments.self,
        answers: SubscriptionForm.self,
        problems: [.notFound, .conflict]
    ) { call throws(Problem) in
        let (tenant, nowMs) = (call.caller.tenant, call.nowMs)
        return try await call.write(missing: .noSubscription) { writing throws(StoreError) in
            let found = try writing.reading.subscription(call.id, of: tenant, nowMs: nowMs)
            switch found.state {
            case .cancelled: return found
            case .pending: return try writing.cancelSubscription(call.id, of: tenant)
            // The store's own error would name the person who decided.
            case .approved, .denied, .revoked, .expired:
                throw StoreError(
                    .conflict,
                    "subscription \(call.id) is \(found.state.rawValue), so it can't be cancelled",
                    hint: "only what is pending can; an operator ends what is approved"
                )
            }
        }
    }
}

extension Coding where Value == TargetName {
    /// A text that isn't a name gets the same answer as a name that no target has.
    fileprivate static var anyTarget: Coding {
        Coding<String>.anyText.map(
            write: { $0.text },
            read: { text throws(Problem) in
                guard let name = try? TargetName(text) else { throw .noTarget }
                return name
            }
        )
    }
}

extension Coding where Value == Int64 {
    /// A text that isn't an id gets the same answer as an id that no subscription has.
    fileprivate static var anyID: Coding {
        Coding<String>.anyText.map(
            write: { "\($0)" },
            read: { text throws(Problem) in
                guard let id = Int64(text), id > 0, "\(id)" == text else { throw .noSubscription }
                return id
            }
        )
    }
}
