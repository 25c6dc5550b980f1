import Bytes
import Calendar
import Control
import JSON
import Policy
import Records
import REST
import Store
import Telemetry

/// An id that stands for a call: as a UUID, or 32 hexadecimal digits.
struct CallID128 {
    let bits: ID128

    /// nil for a text that is neither.
    init?(_ text: String) {
        guard let bits = ID128(uuid: text.utf8.span) ?? ID128(hex: text.utf8.span), !bits.isNone else { return nil }
        self.bits = bits
    }
}

/// What the records say, with a failure in an API's words.
func found<T: Sendable>(
    _ search: () async throws(RecordError) -> T
) async throws(Problem) -> T {
    do throws(RecordError) { return try await search() } catch {
        switch error {
        case .place:
            throw Problem(
                .malformed,
                "the place to go on from is none of this list's",
                hint: "start again without it, and send `nextCursor` and `last` back as they came"
            )
        case .busy:
            throw Problem(.unavailable, "too many questions about records wait", hint: "try again in a moment")
        }
    }
}

extension OperationCall where Service == Services {
    /// The records that are searched.
    /// - Throws: `.unavailable` where there are none.
    func recordedCalls() throws(Problem) -> any CallSource {
        guard let records = services.records else {
            throw Problem(.unavailable, "no calls are recorded here", hint: "[records] in gateway.toml says where they are")
        }
        return records
    }

    /// The newest first.
    func recordedCalls(identifiedBy text: String, limit: Int) async throws(Problem) -> [RecordedCall] {
        let source = try recordedCalls()
        guard let id = CallID128(text) else { return [] }
        return try await found { () async throws(RecordError) in
            try await source.calls(identifiedBy: id.bits, tenantID: nil, limit: limit)
        }.calls
    }
}

extension AdminCall<Calls.ListArguments> {
    /// - Throws: `.invalid` for a time that ends before it begins, and for ways to go through a list that exclude each other.
    func query(_ page: Page) throws(Problem) -> CallQuery {
        try checkWays(page)
        var query = CallQuery()
        query.sinceUs = since.map { $0.milliseconds(nowMs: nowMs) * 1_000 }
        query.untilUs = until.map { $0.endMs(nowMs: nowMs) * 1_000 }
        if let since = query.sinceUs, let until = query.untilUs, until <= since {
            throw Problem(
                .invalid,
                "until ends before since begins",
                hint: "give a later time, or the same one for that day or minute alone",
                errors: [.init("query until", "ends before since begins")]
            )
        }
        query.tenant = tenant?.text
        query.key = key
        query.target = target
        query.tool = tool
        if let status { query.outcomes = Self.outcomes(status) }
        query.order = after != nil ? .oldestFirst : slowest != nil ? .slowestFirst : .newestFirst
        query.after = after ?? page.after
        return query
    }

    private func checkWays(_ page: Page) throws(Problem) {
        let ways = [("after", after != nil), ("slowest", slowest != nil), ("cursor", page.after != nil)]
        let given = ways.filter { $0.1 }.map { $0.0 }
        guard given.count > 1 else { return }
        throw Problem(
            .invalid,
            "\(given.joined(separator: " and ")) exclude each other",
            hint: "leave one out",
            errors: [.init("query \(given[1])", "excludes \(given[0])")]
        )
    }

    private static func outcomes(_ words: [String]) -> Set<CallOutcome> {
        Set(
            CallOutcome.allCases.filter { outcome in
                words.contains(outcome.label) || outcome != .ok && words.contains(Calls.errorStatus)
            }
        )
    }

    /// A word that names nothing, neither now nor in any record, is told so.
    /// - Throws: `.notFound`; `.invalid` for what can't be a key's prefix or a target's name.
    func checkNames(_ source: any CallSource) async throws(Problem) {
        let (tenant, key, target, tool) = (self.tenant, self.key, self.target, self.tool)
        var unknown: (problem: StoreError, alone: CallQuery)?
        do throws(StoreError) {
            unknown = try await services.store.read { [nowMs] reading throws(StoreError) in
                var alone = CallQuery()
                alone.limit = 1
                if let tenant, !(try reading.hasHistory(ofTenant: tenant)) {
                    alone.tenant = tenant.text
                    return try missing(alone) { () throws(StoreError) in _ = try reading.tenant(tenant, nowMs: nowMs) }
                }
                if let key, !(try reading.hasKey(prefix: key)) {
                    alone.key = key
                    return try missing(alone) { () throws(StoreError) in _ = try reading.key(prefix: key) }
                }
                if let target {
                    alone.target = target
                    let fault = try missing(alone) { () throws(StoreError) in
                        _ = try reading.target(try checked(TargetName(target)))
                    }
                    if let fault { return fault }
                    alone.target = nil
                }
                if let tool {
                    alone.tool = tool
                    return try missing(alone) { () throws(StoreError) in _ = try reading.listedTool(tool) }
                }
                return nil
            }
        } catch {
            throw Problem(error)
        }
        guard let unknown else { return }
        // It may have been removed since.
        let past = try await found { () async throws(RecordError) in try await source.calls(unknown.alone) }
        if past.calls.isEmpty { throw Problem(unknown.problem) }
    }
}

/// What is said when there is no such thing; nil when there is.
/// - Throws: other failures.
private func missing(
    _ alone: CallQuery,
    _ look: () throws(StoreError) -> Void
) throws(StoreError) -> (problem: StoreError, alone: CallQuery)? {
    do throws(StoreError) {
        try look()
        return nil
    } catch {
        guard error.kind == .notFound else { throw error }
        return (error, alone)
    }
}
