import HTTP
import Policy
import REST

/// `/limits`: the limits that count the tenant's calls, and how much is left of them.
enum Limits {
    static let all: [any AnyOperation<Services>] = [list]

    private static let list = PortalOperation(
        .get,
        "/limits",
        id: "limitList",
        "Lists the limits on you, your keys and your use of targets and tools by their ids, and how they stand.",
        takes: PageArguments.self,
        answers: ListForm<LimitForm>.self
    ) { call throws(Problem) in
        let snapshot = call.caller.snapshot
        return try call.page(of: "limits").cut(
            call.caller.limits().sorted { $0.entry.id < $1.entry.id }
                .map { StandingLimit(limit: $0, snapshot: snapshot) },
            place: { "\($0.entry.id)" },
            isAfter: { $0.entry.id > Int64($1) ?? 0 }
        )
    }
}
