import Contracts
import Policy

/// A session of a function, and which branch of the target's route gave it: another version doesn't know it.
struct FunctionSession: Equatable {
    let http: HTTPSession
    /// `nil` where there is no route.
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

    private enum Entry {
        case open(FunctionSession, usedAt: UInt64)
        case opening(waiting: [ToolCall])
    }

    private var entries: [Key: Entry] = [:]
    /// Functions that have asked for a session; kept, so that their identities are given to no other.
    private var demanding: [ObjectIdentifier: UpstreamFunction] = [:]
    /// Counts uses: the order of the sessions by their last one.
    private var uses: UInt64 = 0

    /// How many sessions there are, open or about to be.
    var count: Int { entries.count }

    /// How a tenant's call to a function begins. A session that is open counts as used.
    mutating func standing(_ function: UpstreamFunction, _ tenant: Int64) -> Standing {
        if demanding.isEmpty { return .unasked }
        let identity = ObjectIdentifier(function)
        guard demanding[identity] != nil else { return .unasked }
        let key = Key(function: identity, tenant: tenant)
        switch entries[key] {
        case nil: return .missing
        case .opening: return .opening
        case .open(let session, _):
            uses += 1
            entries[key] = .open(session, usedAt: uses)
            return .open(session)
        }
    }

    /// The function has refused a call of that session, or of none: it is not used again.
    mutating func refused(_ session: HTTPSession?, by function: UpstreamFunction, _ tenant: Int64) {
        let identity = ObjectIdentifier(function)
        demanding[identity] = function
        let key = Key(function: identity, tenant: tenant)
        // Another call may have noticed before, and made another session.
        if case .open(let known, _) = entries[key], known.http == session { entries[key] = nil }
    }

    /// One call asks for a session from now on, and must tell how that ended.
    mutating func begin(_ function: UpstreamFunction, _ tenant: Int64) {
        makeRoom()
        entries[Key(function: ObjectIdentifier(function), tenant: tenant)] = .opening(waiting: [])
    }

    /// Keeps a call until the one that asks for the session has told how it ended.
    mutating func wait(_ call: ToolCall, for function: UpstreamFunction, _ tenant: Int64) {
        let key = Key(function: ObjectIdentifier(function), tenant: tenant)
        guard case .opening(var waiting) = entries[key] else { return }
        entries[key] = nil  // so that the array is not copied
        waiting.append(call)
        entries[key] = .opening(waiting: waiting)
    }

    /// Ends the asking, with a session or without.
    /// - Returns: who waited, and goes on now.
    mutating func end(
        _ function: UpstreamFunction,
        _ tenant: Int64,
        with session: FunctionSession?
    ) -> [ToolCall] {
        let identity = ObjectIdentifier(function)
        let key = Key(function: identity, tenant: tenant)
        guard case .opening(let waiting) = entries[key] else { return [] }
        uses += 1
        // A function that is no longer served is forgotten.
        entries[key] = demanding[identity] == nil ? nil : session.map { .open($0, usedAt: uses) }
        return waiting
    }

    /// Forgets what belongs to functions and tenants that are no longer served. Linear in the sessions.
    mutating func retain(functions: [UpstreamFunction], tenants: [TenantEntry]) {
        if demanding.isEmpty { return }
        let live = Set(functions.map { ObjectIdentifier($0) })
        let ids = Set(tenants.map { $0.id })
        demanding = demanding.filter { live.contains($0.key) }
        entries = entries.filter { key, entry in
            // Whoever waits has yet to be told.
            if case .opening = entry { return true }
            return live.contains(key.function) && ids.contains(key.tenant)
        }
    }

    private mutating func makeRoom() {
        guard entries.count >= Self.countMax else { return }
        var oldest: (key: Key, usedAt: UInt64)?
        for case (let key, .open(_, let usedAt)) in entries where usedAt < oldest?.usedAt ?? .max {
            oldest = (key, usedAt)
        }
        if let oldest { entries[oldest.key] = nil }
    }
}
