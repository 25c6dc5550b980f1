import EventLoop
import Policy
import Synchronization

/// Counts the open streams of all loops, so that their bounds hold exactly. Any thread; takes a lock when a stream is
/// opened or ended, and for each event only on streams of a legacy session.
package final class StreamBounds: Sendable {
    package struct Settings: Sendable {
        /// The most streams that one credential may have open.
        package var perCredentialMax = 64
        /// The most streams of all credentials.
        package var max = 5000
        /// The time without an event after which a comment is sent, so that a client that is gone is noticed.
        package var keepAlive = Duration.seconds(25)
        /// How single resources are watched.
        package var watches = WatchSettings()
        /// Whether there may be any stream.
        var offersStreams: Bool { max > 0 && perCredentialMax > 0 }

        package init() {}
    }

    /// Why there is no place for another stream.
    enum Refusal: Error {
        case perCredential, all
        /// There is none for the resources that the stream is to watch.
        case watches(WatchTable.Refusal)
    }

    struct Table {
        fileprivate var count = 0
        /// [holder of a credential] → its streams.
        fileprivate var byHolder: [Int64: Int] = [:]
        /// [session] → its streams, the newest last.
        fileprivate(set) var bySession: [SessionMark: [Int]] = [:]
        fileprivate var lastNumber = 0
        var watches: WatchTable

        fileprivate init(_ settings: Settings) {
            let watches = settings.watches
            let perHolder = watches.perStreamMax.multipliedReportingOverflow(by: settings.perCredentialMax)
            self.watches = WatchTable(
                perStreamMax: watches.perStreamMax,
                perHolderMax: perHolder.overflow ? watches.max : perHolder.partialValue,
                max: watches.max
            )
        }
    }

    package let settings: Settings
    let table: Locked<Table>
    /// The hubs of all loops, to be woken when a session watches something else.
    let hubs = Locked<[LoopBound<WokenHub>]>([])

    package init(_ settings: Settings = Settings()) {
        self.settings = settings
        table = Locked(Table(settings))
    }

    /// Takes a place for one more stream, which is held until it is released.
    /// - Parameters:
    ///   - holder: the number of the credential's holder.
    ///   - session: the legacy session, if there is one.
    ///   - watches: how many resources the stream itself is to watch.
    func take(_ holder: Int64, session: SessionMark?, watches: Int = 0) throws(Refusal) -> StreamPlace {
        let settings = settings
        let number = try table.withLock { table throws(Refusal) in
            guard table.byHolder[holder, default: 0] < settings.perCredentialMax else {
                throw .perCredential
            }
            guard table.count < settings.max else { throw .all }
            let bySession = table.bySession
            do throws(WatchTable.Refusal) {
                try table.watches.take(watches, of: holder) { bySession[$0] != nil }
            } catch {
                throw .watches(error)
            }
            table.count += 1
            table.byHolder[holder, default: 0] += 1
            table.lastNumber += 1
            if let session { table.bySession[session, default: []].append(table.lastNumber) }
            return table.lastNumber
        }
        return StreamPlace(holder, session: session, number: number, watches: watches, in: self)
    }

    fileprivate func giveBack(_ place: StreamPlace) {
        let (holder, session, number) = (place.holder, place.session, place.number)
        table.withLock { table in
            table.count -= 1
            let left = table.byHolder[holder, default: 1] - 1
            table.byHolder[holder] = left > 0 ? left : nil
            table.watches.giveBack(place.watches, of: holder)
            guard let session else { return }
            let streams = table.bySession[session, default: []].filter { $0 != number }
            table.bySession[session] = streams.isEmpty ? nil : streams
        }
    }

    fileprivate func isNewest(_ number: Int, of session: SessionMark) -> Bool {
        table.withLock { $0.bySession[session]?.last == number }
    }

    /// Whether no place is taken and nothing is remembered of earlier ones.
    package var isEmpty: Bool {
        table.withLock {
            $0.count == 0 && $0.byHolder.isEmpty && $0.bySession.isEmpty && $0.watches.isEmpty
        }
    }
}

/// One stream's place within the bounds; given back by `release`, or when the object is freed. One owner.
final class StreamPlace {
    let holder: Int64
    let session: SessionMark?
    /// Unique in the process; also identifies the stream in its hub.
    let number: Int
    /// How many resources the stream itself watches; those of a session belong to the session.
    let watches: Int
    private var bounds: StreamBounds?

    fileprivate init(
        _ holder: Int64,
        session: SessionMark?,
        number: Int,
        watches: Int,
        in bounds: StreamBounds
    ) {
        self.holder = holder
        self.session = session
        self.number = number
        self.watches = watches
        self.bounds = bounds
    }

    deinit { release() }

    func release() {
        bounds?.giveBack(self)
        bounds = nil
    }

    /// Whether this stream gets notifications: of several streams of one legacy session, only the newest does.
    /// Source: MCP 2025-11-25 transports, "Multiple Connections".
    var speaks: Bool {
        guard let session else { return true }
        return bounds?.isNewest(number, of: session) ?? false
    }

    /// Notes that the session's client was told of changes of resources.
    func told(of uris: [String]) {
        guard let session, let bounds else { return }
        for uri in uris { bounds.told(of: uri, in: session) }
    }
}
