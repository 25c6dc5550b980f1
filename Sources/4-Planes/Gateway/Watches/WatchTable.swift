import Bytes
import Policy

/// The watches of all streams and sessions, counted, and those of legacy sessions by their URIs: these outlive a stream,
/// because a client may open another one. A value; its owner has the lock.
///
/// What is full makes room by forgetting sessions without a stream, the one that asked longest ago first: nobody would be told
/// of their resources now, and most such sessions never come back.
struct WatchTable {
    /// Why a watch is refused.
    enum Refusal: Error, Equatable { case perStream, perCredential, all }

    /// The watches of one session.
    struct SessionWatches {
        var origin: PollOrigin
        var resources: [Resource] = []
        /// Grows with each request to watch, so that the smallest is that of the session that asked longest ago.
        fileprivate(set) var number = 0
    }

    struct Resource {
        /// What the last poll found: contents, or that the caller may not read the resource or that it isn't there.
        enum Found: Equatable { case contents(Digest), hidden }

        let uri: String
        /// Nil before the first poll.
        private(set) var found: Found?
        /// Whether the client is still to be told of a change.
        var hasChanged = false

        init(_ uri: String) { self.uri = uri }

        /// Notes what a poll found. Other contents are a change, and so are any after the resource was hidden.
        mutating func note(_ found: Found) {
            if found != .hidden, let before = self.found, before != found { hasChanged = true }
            self.found = found
        }
    }

    /// The most watches of one stream or session, of one holder of a credential, and of all.
    let perStreamMax, perHolderMax, max: Int
    private(set) var count = 0
    /// [holder of a credential] → its watches.
    private var byHolder: [Int64: Int] = [:]
    private var sessions: [SessionMark: SessionWatches] = [:]
    private var lastNumber = 0

    init(perStreamMax: Int, perHolderMax: Int, max: Int) {
        self.perStreamMax = perStreamMax
        self.perHolderMax = perHolderMax
        self.max = max
    }

    /// Whether nothing is watched.
    var isEmpty: Bool { count == 0 && byHolder.isEmpty && sessions.isEmpty }

    // MARK: Streams of the modern era, which keep their own URIs

    /// Takes places for a stream's watches.
    /// - Parameter hasStream: whether a session has an open stream.
    mutating func take(
        _ watches: Int,
        of holder: Int64,
        hasStream: (SessionMark) -> Bool
    ) throws(Refusal) {
        guard watches > 0 else { return }
        guard watches <= perStreamMax else { throw .perStream }
        try makeRoom(for: watches, of: holder, hasStream)
        add(watches, to: holder)
    }

    mutating func giveBack(_ watches: Int, of holder: Int64) { add(-watches, to: holder) }

    // MARK: Sessions

    /// Adds a session's watch; one that it has already stays as it is.
    /// - Parameter hasStream: whether a session has an open stream.
    mutating func watch(
        _ uri: String,
        in session: SessionMark,
        _ origin: PollOrigin,
        hasStream: (SessionMark) -> Bool
    ) throws(Refusal) {
        var watches = sessions[session] ?? SessionWatches(origin: origin)
        if watches.position(of: uri) == nil {
            guard watches.resources.count < perStreamMax else { throw .perStream }
            try makeRoom(for: 1, of: session.holderID) { $0 == session || hasStream($0) }
            watches.resources.append(Resource(uri))
            add(1, to: session.holderID)
        }
        lastNumber += 1
        watches.number = lastNumber
        sessions[session] = watches
    }

    /// Ends a session's watch, if it has it.
    mutating func unwatch(_ uri: String, in session: SessionMark) {
        guard let position = sessions[session]?.position(of: uri) else { return }
        sessions[session]?.resources.remove(at: position)
        add(-1, to: session.holderID)
        if sessions[session]?.resources.isEmpty == true { sessions[session] = nil }
    }

    /// Ends all watches of a session.
    mutating func end(_ session: SessionMark) {
        guard let watches = sessions.removeValue(forKey: session) else { return }
        add(-watches.resources.count, to: session.holderID)
    }

    /// The watches of a session; nil when it has none.
    func watches(of session: SessionMark) -> SessionWatches? { sessions[session] }

    /// Notes what a poll of a session's resource found.
    /// - Returns: how the resource stands then; nil when the session doesn't watch it.
    mutating func note(_ found: Resource.Found, of uri: String, in session: SessionMark) -> Resource? {
        guard let position = sessions[session]?.position(of: uri) else { return nil }
        sessions[session]?.resources[position].note(found)
        return sessions[session]?.resources[position]
    }

    /// Notes that a session's client was told of a change.
    mutating func told(of uri: String, in session: SessionMark) {
        guard let position = sessions[session]?.position(of: uri) else { return }
        sessions[session]?.resources[position].hasChanged = false
    }

    // MARK: Room

    /// Ends the watches of idle sessions until there is room, or ends none: the holder's own first, then those of the holders
    /// that watch the most; each time the oldest first. Only a full table pays for the look at all sessions.
    private mutating func makeRoom(
        for watches: Int,
        of holder: Int64,
        _ hasStream: (SessionMark) -> Bool
    ) throws(Refusal) {
        let missingOfHolder = byHolder[holder, default: 0] + watches - perHolderMax
        let missing = count + watches - max
        guard missingOfHolder > 0 || missing > 0 else { return }
        var own: [Idle] = []
        var others: [Idle] = []
        for (mark, session) in sessions where !hasStream(mark) {
            let idle = Idle(mark: mark, number: session.number, count: session.resources.count)
            if mark.holderID == holder { own.append(idle) } else if missing > 0 { others.append(idle) }
        }
        var forgotten: [SessionMark] = []
        var freed = 0
        for idle in own.sorted(by: { $0.number < $1.number })
        where freed < Swift.max(missingOfHolder, missing) {
            forgotten.append(idle.mark)
            freed += idle.count
        }
        guard freed >= missingOfHolder else { throw .perCredential }
        if freed < missing {
            let shares = byHolder
            others.sort { left, right in
                let (mine, other) = (
                    shares[left.mark.holderID, default: 0], shares[right.mark.holderID, default: 0]
                )
                return mine == other ? left.number < right.number : mine > other
            }
            for idle in others where freed < missing {
                forgotten.append(idle.mark)
                freed += idle.count
            }
        }
        guard freed >= missing else { throw .all }
        for session in forgotten { end(session) }
    }

    /// A session without a stream.
    private struct Idle {
        let mark: SessionMark
        /// The order in which sessions began to watch.
        let number: Int
        let count: Int
    }

    private mutating func add(_ watches: Int, to holder: Int64) {
        count += watches
        let sum = byHolder[holder, default: 0] + watches
        byHolder[holder] = sum > 0 ? sum : nil
    }
}

extension WatchTable.SessionWatches {
    /// URIs are the same when their bytes are.
    fileprivate func position(of uri: String) -> Int? {
        resources.firstIndex { $0.uri.utf8.elementsEqual(uri.utf8) }
    }
}
