/// What is known about host names, and until when. Pure: time comes in as an argument, in monotonic nanoseconds.
///
/// O(1) but for a full cache, which is searched for what has expired.
struct ResolverCache {
    private struct Entry {
        var outcome: Result<[SocketAddress], ResolveError>
        let expiresAt: UInt64
    }

    private var entries: [String: Entry] = [:]
    private let keepFoundNs: UInt64
    private let keepMissingNs: UInt64
    private let entriesMax: Int

    init(keepFoundNs: UInt64, keepMissingNs: UInt64, entriesMax: Int) {
        self.keepFoundNs = keepFoundNs
        self.keepMissingNs = keepMissingNs
        self.entriesMax = entriesMax
    }

    var count: Int { entries.count }

    /// What the last look-up found, an error too; `nil` when there was none lately.
    func outcome(of host: String, at now: UInt64) -> Result<[SocketAddress], ResolveError>? {
        guard let entry = entries[host], now < entry.expiresAt else { return nil }
        return entry.outcome
    }

    mutating func store(_ outcome: Result<[SocketAddress], ResolveError>, of host: String, at now: UInt64) {
        if entries.count >= entriesMax, entries[host] == nil { makeRoom(at: now) }
        let keepNs = if case .success = outcome { keepFoundNs } else { keepMissingNs }
        entries[host] = Entry(outcome: outcome, expiresAt: now &+ keepNs)
    }

    /// Puts an address that did not answer behind the host's others, until the next look-up.
    mutating func demote(_ address: SocketAddress, of host: String) {
        guard let entry = entries[host], case .success(var addresses) = entry.outcome else { return }
        let bare = address.with(port: 0)
        guard addresses.count > 1, let index = addresses.firstIndex(of: bare) else { return }
        addresses.append(addresses.remove(at: index))
        entries[host]?.outcome = .success(addresses)
    }

    private mutating func makeRoom(at now: UInt64) {
        entries = entries.filter { now < $0.value.expiresAt }
        while entries.count >= entriesMax,
            let oldest = entries.min(by: { $0.value.expiresAt < $1.value.expiresAt })
        {
            entries[oldest.key] = nil
        }
    }
}
