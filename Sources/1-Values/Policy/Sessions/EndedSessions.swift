/// The legacy sessions that have been ended before their time. Immutable; part of a snapshot.
///
/// A look-up takes no lock and allocates nothing: two comparisons when no session has ended, else a search of
/// logarithmic time.
package struct EndedSessions: Sendable {
    /// One ending, as the store has it.
    package enum Ending: Equatable, Sendable {
        case one(SessionMark)
        /// All sessions of the holder that were opened up to that time, in milliseconds since 1970.
        case all(holderID: Int64, untilMs: Int64)

        /// When the last session that this ends was opened, in milliseconds since 1970.
        package var openedMs: Int64 {
            switch self {
            case .one(let mark): mark.openedMs
            case .all(_, let untilMs): untilMs
            }
        }
    }

    package static let none = EndedSessions()

    /// The number of the newest ending in the store; 0 before the first.
    package private(set) var newest: Int64 = 0
    /// In order of their codes.
    private var marks: [SessionMark] = []
    /// [holder] → the time up to which all its sessions have ended.
    private var untilMs: [Int64: Int64] = [:]

    private init() {}

    /// How many endings are remembered.
    package var count: Int { marks.count + untilMs.count }

    /// Whether the session has been ended. O(log n).
    package func contains(_ mark: SessionMark) -> Bool {
        if !untilMs.isEmpty, let untilMs = untilMs[mark.holderID], mark.openedMs <= untilMs { return true }
        var range = marks.indices
        while !range.isEmpty {
            let middle = range.lowerBound + range.count / 2
            if marks[middle].code == mark.code { return true }
            range =
                marks[middle].code < mark.code
                ? middle + 1..<range.upperBound : range.lowerBound..<middle
        }
        return false
    }

    /// These and further endings, without those whose sessions are too old to be used anyway. Linear.
    /// - Parameter newest: the number of the newest of them in the store.
    package func adding(_ endings: [Ending], newest: Int64, nowMs: Int64) -> EndedSessions {
        var all = self
        all.newest = newest
        for ending in endings {
            switch ending {
            case .one(let mark): all.marks.append(mark)
            case .all(let holderID, let untilMs):
                all.untilMs[holderID] = max(untilMs, all.untilMs[holderID] ?? .min)
            }
        }
        let oldestMs = nowMs - SessionMark.rememberedMs
        all.untilMs = all.untilMs.filter { $0.value > oldestMs }
        let untilMs = all.untilMs
        all.marks.removeAll { $0.openedMs <= max(oldestMs, untilMs[$0.holderID] ?? .min) }
        all.marks.sort { $0.code < $1.code }
        return all
    }
}
