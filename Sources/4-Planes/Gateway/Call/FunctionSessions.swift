import Contracts
import Policy

/// A session of a function, and which branch of the target's route gave it: another version doesn't know it.
struct FunctionSession: Equatable {
    let http: HTTPSession
    /// `nil` where there is no route, and where there is no session id: the versions of a function tell nothing apart then.
    let branch: Int?
}

/// The sessions that HTTP functions gave the gateway: one for each function and tenant, so that no tenant ever meets another
/// one's. One per loop, and used on it alone; each loop has sessions of its own.
///
/// Functions that want none are not in it. Bounded: the session that was used longest ago is forgotten first, and the next
/// call for it makes another.
struct FunctionSessions {
    /// The most sessions of one loop; each has 1,024 bytes at most.
    static let countMax = 4_096
    /// The most calls that wait for one session at once: each holds its request meanwhile.
    static let waitingMax = 1_000

    /// How a call to a function begins.
    enum Standing {
        /// As far as is known, the function wants no session.
        case unasked
        case open(FunctionSession)
        /// Somebody is asking for one.
        case opening
        /// The function wants one, and there is none.
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

        /// Kept, so that its identity is given to no other.
        let function: UpstreamFunction
        var state: State
        /// Whether the function gave the tenant a session id before.
        var hasGiven = false
        /// Whether function or tenant are no longer served; only while somebody is asking.
        var isGone = false
        var usedAt: UInt64
    }

    private var entries: [Key: Entry] = [:]
    /// Counts uses: the order of the sessions by their last one.
    private var uses: UInt64 = 0

    /// How many sessions there are: open, about to be, or missing.
    var count: Int { entries.count }

    /// How a tenant's call to a function begins. A session that is open counts as used.
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

    /// The function has refused a call of that session, or of none: it is not used again, and the tenant's next call asks for
    /// another. Says nothing of other tenants: a tool's failure may look like this, too.
    mutating func refused(_ session: HTTPSession?, by function: UpstreamFunction, _ tenant: Int64) {
        let key = Key(function: ObjectIdentifier(function), tenant: tenant)
        switch entries[key]?.state {
        case nil: insert(.missing, key, function)
        // Another call may have noticed before, and made another session.
        case .open(let known) where known.http == session: entries[key]?.state = .missing
        case .open, .opening, .missing: break
        }
    }

    /// One call asks for a session from now on, and must tell how that ended.
    mutating func begin(_ function: UpstreamFunction, _ tenant: Int64) {
        let key = Key(function: ObjectIdentifier(function), tenant: tenant)
        guard entries[key] == nil else {
            entries[key]?.state = .opening(waiting: [])
            return
        }
        insert(.opening(waiting: []), key, function)
    }

    /// Keeps a call until the one that asks for the session has told how it ended.
    /// - Returns: false when too many wait already.
    mutating func wait(_ call: ToolCall, for function: UpstreamFunction, _ tenant: Int64) -> Bool {
        changeWaiting(function, tenant) { waiting in
            guard waiting.count < Self.waitingMax else { return false }
            waiting.append(call)
            return true
        }
    }

    /// A call waits no longer. Linear in those that wait.
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

    /// The asking has brought a session.
    /// - Returns: who waited, and goes on now.
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

    /// The asking has brought none.
    /// - Parameter isRefused: whether the function itself refused to give one. Then the tenant's next call begins without:
    ///   perhaps the function never wanted a session.
    /// - Returns: who waited, and goes on now; and whether the function gave the tenant a session id before.
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

    /// Forgets what belongs to functions and tenants that are no longer served. Linear in the sessions.
    mutating func retain(functions: [UpstreamFunction], tenants: [TenantEntry]) {
        if entries.isEmpty { return }
        let live = Set(functions.map { ObjectIdentifier($0) })
        let ids = Set(tenants.map { $0.id })
        for (key, entry) in entries where !live.contains(key.function) || !ids.contains(key.tenant) {
            // Whoever waits has yet to be told.
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
