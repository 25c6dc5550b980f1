import Bytes
import Control
import Model
import Records
import REST
import Store

extension OperationCall where Service == Services {
    /// The source of recorded calls.
    /// - Throws: `.unavailable` when no calls are recorded.
    func recordedCalls() throws(Problem) -> any CallSource {
        guard let records = services.records else {
            throw Problem(
                .unavailable,
                "no calls are recorded here",
                hint: "[records] in gateway.toml says where they are"
            )
        }
        return records
    }

    /// The calls that have this id, the newest first; none for a text that is not an id.
    func recordedCalls(identifiedBy text: String, limit: Int) async throws(Problem) -> [RecordedCall] {
        let source = try recordedCalls()
        guard let id = ID128(ofCall: text) else { return [] }
        do throws(RecordError) {
            return try await source.calls(identifiedBy: id, tenantID: nil, limit: limit).calls
        } catch {
            throw Problem(.records(error))
        }
    }
}

extension Problem {
    init(_ fault: CallSearch.Fault) {
        switch fault {
        case .invalid(let name, let detail, let hint):
            self.init(
                .invalid,
                "query \(name) \(detail)",
                hint: hint,
                errors: [.init("query \(name)", detail)]
            )
        case .records(.place):
            self.init(
                .malformed,
                "the cursor isn't from this list",
                hint: "start again without it, and send `nextCursor` and `last` back as they came"
            )
        case .records(.busy):
            self.init(.unavailable, "too many queries of records are waiting", hint: "try again in a moment")
        }
    }
}

extension AdminCall<Calls.ListArguments> {
    /// Checks that each filter names something that exists, or that occurs in a record.
    /// - Throws: `.notFound`; `.invalid` for a text that can't be a key's prefix or a target's name.
    func checkNames(_ source: any CallSource) async throws(Problem) {
        let (tenant, key, target, tool) = (self.tenant, self.key, self.target, self.tool)
        let unknown = try await read { reading throws(StoreError) in
            try reading.unknown(tenant: tenant, key: key, target: target, tool: tool)
        }
        for word in unknown {
            // The thing may have been removed since its calls.
            let past: FoundCalls
            do throws(CallSearch.Fault) { past = try await word.alone.run(in: source, nowMs: nowMs) } catch {
                throw Problem(error)
            }
            if past.calls.isEmpty { throw Problem(word.problem) }
        }
    }
}

/// A filter that names nothing that exists now.
private struct UnknownWord: Sendable {
    /// A search for calls with only this filter.
    let alone: CallSearch
    let problem: StoreError

    /// nil when the named thing exists.
    init?(
        _ search: (inout CallSearch) -> Void,
        unless look: () throws(StoreError) -> Void
    ) throws(StoreError) {
        do throws(StoreError) {
            try look()
            return nil
        } catch {
            guard error.kind == .notFound else { throw error }
            var alone = CallSearch()
            alone.limit = 1
            search(&alone)
            (self.alone, problem) = (alone, error)
        }
    }
}

extension ReadTransaction {
    fileprivate borrowing func unknown(
        tenant: TenantName?,
        key: String?,
        target: String?,
        tool: String?
    ) throws(StoreError) -> [UnknownWord] {
        var unknown: [UnknownWord?] = []
        if let tenant, !(try hasHistory(ofTenant: tenant)) {
            unknown.append(
                try UnknownWord({ $0.tenant = tenant.text }) { () throws(StoreError) in
                    _ = try self.tenant(tenant, nowMs: 0)
                }
            )
        }
        if let key, !(try hasKey(prefix: key)) {
            unknown.append(
                try UnknownWord({ $0.key = key }) { () throws(StoreError) in _ = try self.key(prefix: key) }
            )
        }
        if let target {
            unknown.append(
                try UnknownWord({ $0.target = target }) { () throws(StoreError) in
                    _ = try self.target(try checked(TargetName(target)))
                }
            )
        }
        if let tool {
            unknown.append(
                try UnknownWord({ $0.tool = tool }) { () throws(StoreError) in _ = try listedTool(tool) }
            )
        }
        return unknown.compactMap { $0 }
    }
}
