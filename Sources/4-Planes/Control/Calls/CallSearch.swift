package import Calendar
package import Records
import Telemetry

/// A search for recorded calls, in the terms of the APIs; the same for operators and for tenants.
package struct CallSearch: Sendable {
    package var since: PastMoment?
    /// The search ends at the end of the given day or minute.
    package var until: PastMoment?
    /// A tenant's name at the time of the call.
    package var tenant: String?
    /// A tenant's id in the store; no calls of other tenants are found.
    package var tenantID: Int64?
    package var key: String?
    package var target: String?
    package var tool: String?
    /// Labels of outcomes, and `errorWord`; nil for all.
    package var status: [String]?
    /// How many of the calls that took longest; nil for a search in order of time.
    package var slowest: Int?
    /// The `last` of an earlier answer.
    package var after: String?
    /// The `next` of the page before.
    package var page: String?
    package var limit = 100

    /// All outcomes but `ok`.
    package static let errorWord = "error"
    /// The words that `status` may hold.
    package static let statuses = [errorWord] + CallOutcome.allCases.map { $0.label }

    package init() {}

    /// Why a search failed.
    package enum Fault: Error, Equatable {
        /// An argument is wrong; `name` is the argument's name in the API.
        case invalid(name: String, detail: String, hint: String)
        case records(RecordError)
    }

    /// - Parameter nowMs: milliseconds since 1970.
    package func run(in source: any CallSource, nowMs: Int64) async throws(Fault) -> FoundCalls {
        let query = try query(nowMs: nowMs)
        do throws(RecordError) {
            // Read before the calls: a call that is stored in between comes twice rather than never.
            let isStart = page == nil && query.order == .newestFirst
            let end = isStart ? try await source.end(tenantID: tenantID) : nil
            let answer = try await source.calls(query)
            return FoundCalls(
                calls: answer.calls,
                next: query.order == .newestFirst ? answer.next : nil,
                last: query.order == .oldestFirst ? answer.next : end,
                faults: answer.faults
            )
        } catch {
            throw .records(error)
        }
    }

    private func query(nowMs: Int64) throws(Fault) -> CallQuery {
        let ways = [("after", after != nil), ("slowest", slowest != nil), ("cursor", page != nil)]
        let given = ways.filter { $0.1 }.map { $0.0 }
        guard given.count < 2 else {
            throw .invalid(name: given[1], detail: "excludes \(given[0])", hint: "leave one of them out")
        }
        var query = CallQuery()
        query.sinceUs = since.map { $0.milliseconds(nowMs: nowMs) * 1_000 }
        query.untilUs = until.map { $0.endMs(nowMs: nowMs) * 1_000 }
        if let since = query.sinceUs, let until = query.untilUs, until <= since {
            throw .invalid(
                name: "until",
                detail: "ends before since begins",
                hint: "give a later time, or the same day for that day alone"
            )
        }
        (query.tenant, query.tenantID) = (tenant, tenantID)
        (query.key, query.target, query.tool) = (key, target, tool)
        query.outcomes = status.map { words in
            Set(
                CallOutcome.allCases.filter { outcome in
                    words.contains(outcome.label) || outcome != .ok && words.contains(Self.errorWord)
                }
            )
        }
        query.order = after != nil ? .oldestFirst : slowest != nil ? .slowestFirst : .newestFirst
        query.after = after ?? page
        query.limit = slowest ?? limit
        return query
    }
}

/// The calls that were found, and where to continue.
package struct FoundCalls: Sendable {
    package let calls: [RecordedCall]
    /// Where the next page starts; nil when there is none.
    package var next: String?
    /// The place after everything stored so far, for following; nil on a later page and for the slowest calls.
    package var last: String?
    package let faults: [String]
}
