import Contracts
import Policy

/// A session of a function, and the branch of the target's route that gave it: another version doesn't know it.
struct FunctionSession: Equatable {
    let http: HTTPSession
    /// `nil` when there is no route, and when there is no session id: then any version of the function can serve the
    /// calls.
    let branch: Int?
}

/// The sessions that HTTP functions gave the gateway: one for each function and tenant, so that no tenant ever uses
/// another tenant's session. One per loop, used on that loop only; each loop has its own sessions.
///
/// Functions that want no session are not in it. Bounded: the least recently used session is forgotten first, and the
/// next call that needs it asks for another.
struct FunctionSessions {
    /// The most sessions of one loop; each has 1,024 bytes at most.
    static let countMax = 4_096
    /// The most calls that wait for one session at once; each holds its request while it waits.
    static let waitingMax = 1_000

    /// How a call to a function begins.
    enum Standing {
        /// As far as is known, the function wants no session.
        case unasked
        case open(FunctionSession)
        /// Another call is asking for a session.
        case opening
        /// The function wants a session, and there is none.
        case missing
    }

    private struct Key: Hashable {
        let function: ObjectIdentifier
        /// The tenant's id in the store, which outlasts a snapshot.
        let tenant: Int64
    }

    private struct Entry {
        enum State {
            case open(FunctionSession)
            case opening(waiting: [ToolCall])
            case missing
        }

        /// Retained, so that no other function gets its identity.
        let function: UpstreamFunction
        var state: State
        /// Whether the function gave the tenant a session id before.
        var hasGiven = false
        /// Whether the function or the tenant is no longer served; set only while a call is asking for a session.
        var isGone = false
        var usedAt: UInt64
    }

    private var entries: [Key: Entry] = [:]
    /// Counts uses; orders the sessions by their last use.
    private var uses: UInt64 = 0

    /// How many sessions there are: open, about to be, or missing.
    var count: Int { entries.count }

    /// How a tenant's call to a function begins. An open session counts as used now.
    mutating func standing(_ function: UpstreamFunction, _ tenant: Int64) -> Standing {
        if entries.isEmpty { return .unasked }
        let key = Key(function: ObjectIdentifier(function), tenant: tenant)
        switch entries[key]?.state {
        case nil: return .unasked
        case .missing: return .missing
        case .opening: return .opening
        case .open(let session):
            uses += 1
            entries[key]?.usedAt = uses
            return .open(session)
        }
    }

    /// Notes that the function refused a call in that session, or one without a session. The session is not used again,
    /// and the tenant's next call asks for another. Other tenants are not affected: a tool's failure may look like
    /// this, too.
    mutating func refused(_ session: HTTPSession?, by function: UpstreamFunction, _ tenant: Int64) {
        let key = Key(function: ObjectIdentifier(function), tenant: tenant)
        switch entries[key]?.state {
        case nil: insert(.missing, key, function)
        // Another call may have noticed this before, and opened another session.
        case .open(let known) where known.http == session: entries[key]?.state = .missing
        case .open, .opening, .missing: break
        }
    }

    /// Notes that one call asks for a session from now on; it must call `opened` or `failed` at the end.
    mutating func begin(_ function: UpstreamFunction, _ tenant: Int64) {
        let key = Key(function: ObjectIdentifier(function), tenant: tenant)
        guard entries[key] == nil else {
            entries[key]?.state = .opening(waiting: [])
            return
        }
        insert(.opening(waiting: []), key, function)
    }

    /// Keeps a call until the call that asks for the session has called `opened` or `failed`.
    /// - Returns: false when too many wait already.
    mutating func wait(_ call: ToolCall, for function: UpstreamFunction, _ tenant: Int64) -> Bool {
        changeWaiting(function, tenant) { waiting in
            guard waiting.count < Self.waitingMax else { return false }
            waiting.append(call)
            return true
        }
    }

    /// Removes a call that no longer waits. Linear in the calls that wait.
    mutating func leave(_ call: ToolCall, _ function: UpstreamFunction, _ tenant: Int64) {
        _ = changeWaiting(function, tenant) { waiting in
            waiting.removeAll { $0 === call }
            return true
        }
    }

    private mutating func changeWaiting(
        _ function: UpstreamFunction,
        _ tenant: Int64,
        _ change: (inout [ToolCall]) -> Bool
    ) -> Bool {
        let key = Key(function: ObjectIdentifier(function), tenant: tenant)
        guard case .opening(var waiting)? = entries[key]?.state else { return false }
        entries[key]?.state = .missing  // so that the array is not copied
        defer { entries[key]?.state = .opening(waiting: waiting) }
        return change(&waiting)
    }

    /// Notes the session that was asked for.
    /// - Returns: the calls that waited, which go on now.
    mutating func opened(
        _ session: FunctionSession,
        of function: UpstreamFunction,
        _ tenant: Int64
    ) -> [ToolCall] {
        let key = Key(function: ObjectIdentifier(function), tenant: tenant)
        guard var entry = entries[key], case .opening(let waiting) = entry.state else { return [] }
        uses += 1
        entry.usedAt = uses
        entry.state = .open(session)
        if session.http.id != nil { entry.hasGiven = true }
        entries[key] = entry.isGone ? nil : entry
        return waiting
    }

    /// Notes that asking for a session failed.
    /// - Parameter isRefused: whether the function itself refused to give one. Then the tenant's next call begins
    ///   without a session: perhaps the function never wanted one.
    /// - Returns: the calls that waited, which go on now; and whether the function gave the tenant a session id before.
    mutating func failed(
        _ function: UpstreamFunction,
        _ tenant: Int64,
        isRefused: Bool
    ) -> (waiting: [ToolCall], hasGiven: Bool) {
        let key = Key(function: ObjectIdentifier(function), tenant: tenant)
        guard var entry = entries[key], case .opening(let waiting) = entry.state else { return ([], false) }
        entry.state = .missing
        entries[key] = isRefused || entry.isGone ? nil : entry
        return (waiting, entry.hasGiven)
    }

    /// Forgets the sessions of functions and tenants that are no longer served. Linear in the sessions.
    mutating func retain(functions: [UpstreamFunction], tenants: [TenantEntry]) {
        if entries.isEmpty { return }
        let live = Set(functions.map { ObjectIdentifier($0) })
        let ids = Set(tenants.map { $0.id })
        for (key, entry) in entries where !live.contains(key.function) || !ids.contains(key.tenant) {
            // The calls that wait must still be told the outcome.
            if case .opening = entry.state { entries[key]?.isGone = true } else { entries[key] = nil }
        }
    }

    private mutating func insert(_ state: Entry.State, _ key: Key, _ function: UpstreamFunction) {
        makeRoom()
        uses += 1
        entries[key] = Entry(function: function, state: state, usedAt: uses)
    }

    private mutating func makeRoom() {
        guard entries.count >= Self.countMax else { return }
        var oldest: (key: Key, usedAt: UInt64)?
        for (key, entry) in entries where entry.usedAt < oldest?.usedAt ?? .max {
            if case .opening = entry.state { continue }
            oldest = (key, entry.usedAt)
        }
        if let oldest { entries[oldest.key] = nil }
    }
}
