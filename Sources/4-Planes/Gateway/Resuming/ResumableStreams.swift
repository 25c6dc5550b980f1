import Bytes
import Crypto
import EventLoop
import Policy
import Synchronization

/// The streams of legacy calls to which their clients can come back, with the bounds on what is kept of them. Shared by the loops of
/// a process, since a client may come back on another connection; any thread.
///
/// A stream is found by its session and a random number together: nobody reads another's, and an id of an event that isn't the
/// session's own teaches nothing. Source: MCP 2025-11-25 transports, "Resumability and Redelivery"
package final class ResumableStreams: Sendable {
    struct Name: Hashable, Sendable {
        /// The authentication code of the session's id.
        let session: SessionCode
        /// Of `[0-9a-f]`.
        let stream: String
    }

    private struct Table {
        var streams: [Name: LoopBound<KeptEvents>] = [:]
        /// [holder of a credential] → how many streams it has, and the bytes that are kept of them.
        var byHolder: [Int64: (count: Int, bytes: Int)] = [:]
        var bytes = 0
    }

    /// The most streams of one holder and of all, and the most bytes that are kept of them.
    static let perHolderMax = 256
    static let countMax = 4_096
    static let perHolderBytesMax = 8 << 20
    static let bytesMax = 16 << 20

    private let table = Locked(Table())

    package init() {}

    /// Whether nothing is kept.
    package var isEmpty: Bool {
        table.withLock { $0.streams.isEmpty && $0.byHolder.isEmpty && $0.bytes == 0 }
    }

    /// Begins a stream to which its client can come back; nil when there are too many.
    /// - Parameters:
    ///   - holderID: of the caller's credential.
    ///   - requestID: the raw id of the call's request.
    ///   - spareBytes: counts what a reader gets although it can't be kept.
    func begin(
        in session: SessionCode,
        of holderID: Int64,
        requestID: [UInt8],
        sparing spareBytes: StreamedBytes,
        on loop: EventLoop
    ) -> KeptEvents? {
        let name = Name(session: session, stream: Hex.encode(randomBytes(16)))
        let events = KeptEvents(
            name,
            of: holderID,
            requestID: requestID,
            in: self,
            sparing: spareBytes,
            on: loop
        )
        let bound = LoopBound(events, on: loop)
        let isThere = table.withLock { table in
            let own = table.byHolder[holderID] ?? (0, 0)
            guard own.count < Self.perHolderMax, table.streams.count < Self.countMax else { return false }
            table.byHolder[holderID] = (own.count + 1, own.bytes)
            table.streams[name] = bound
            return true
        }
        return isThere ? events : nil
    }

    func find(_ name: Name) -> LoopBound<KeptEvents>? { table.withLock { $0.streams[name] } }

    /// Takes room for an event; false when there is none.
    func hold(_ bytes: Int, of holderID: Int64) -> Bool {
        table.withLock { table in
            guard let own = table.byHolder[holderID], own.bytes + bytes <= Self.perHolderBytesMax,
                table.bytes + bytes <= Self.bytesMax
            else { return false }
            table.byHolder[holderID] = (own.count, own.bytes + bytes)
            table.bytes += bytes
            return true
        }
    }

    func release(_ bytes: Int, of holderID: Int64) {
        table.withLock { table in
            table.byHolder[holderID]?.bytes -= bytes
            table.bytes -= bytes
        }
    }

    /// Forgets a stream, of which nothing is kept any more.
    func forget(_ name: Name, of holderID: Int64) {
        table.withLock { table in
            guard table.streams.removeValue(forKey: name) != nil else { return }
            let own = table.byHolder[holderID] ?? (1, 0)
            table.byHolder[holderID] = own.count > 1 ? (own.count - 1, own.bytes) : nil
        }
    }
}
