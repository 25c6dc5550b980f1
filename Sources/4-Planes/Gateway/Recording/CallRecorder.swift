import Bytes
import Crypto
package import EventLoop
package import Telemetry

/// Collects the records of one loop's calls, and hands them on in batches: when one is full, when the state changes, and soon
/// after its first record at the latest.
///
/// Takes no lock and waits for nobody. Its loop's thread only.
package final class CallRecorder {
    /// What is kept beside a call's figures.
    package struct Settings: Sendable {
        /// SHA-256 of arguments and result.
        package var takesDigests = false
        /// The beginning of each call's arguments, from which their shape is derived.
        package var takesShapes = false

        package init(takesDigests: Bool = false, takesShapes: Bool = false) {
            self.takesDigests = takesDigests
            self.takesShapes = takesShapes
        }
    }

    /// How long a record waits for others at the most.
    package static let delay = Duration.milliseconds(250)
    /// Refused calls of one tenant that are recorded within a second: whoever sends more would push out others' records.
    static let refusedMax = 100
    /// Bytes of a call's arguments from which its shape is derived.
    static let shapeBytesMax = 4 << 10
    /// Bytes of its arguments, and of its result, where the target has them kept.
    static let bodyBytesMax = 16 << 10

    let settings: Settings
    private let loop: EventLoop
    private let taker: any CallBatchTaker
    private let timer = LoopTimer()
    /// Of the state that is served from. Nothing before the first one.
    private var newest: OpenBatch?
    /// Of `newest`: comparing this costs no reference count.
    private var newestNames: ObjectIdentifier?
    /// Of a state before, as calls that began with it may end now.
    private var older: OpenBatch?

    /// By tenant: how many of its calls that ended in this second were refused.
    private var refused = (second: Int64(0), counts: [Int32: Int]())

    package init(on loop: EventLoop, for taker: any CallBatchTaker, _ settings: Settings = Settings()) {
        self.loop = loop
        self.taker = taker
        self.settings = settings
    }

    /// Calls begin with a state of these names from now on.
    func adopt(_ names: CallNames) {
        guard newest?.names !== names else { return }
        handOver()
        older = newest
        newest = OpenBatch(names: names)
        newestNames = ObjectIdentifier(names)
    }

    /// The batch for a call that began with a state of these names.
    func batch(of names: CallNames) -> OpenBatch {
        if newestNames == ObjectIdentifier(names), let newest { return newest }
        if let older, older.names === names { return older }
        // Older still; so few that a batch of their own each time does no harm.
        if let older, !older.isEmpty { taker.take(older.take(next: names)) }
        let made = OpenBatch(names: names)
        older = made
        return made
    }

    /// Whether a call is to be recorded: all are that weren't refused, of the others some of each tenant in a second.
    @inline(__always)
    func wants(_ outcome: CallOutcome, of tenant: Int32, startedAtUs: Int64) -> Bool {
        outcome != .refused && outcome != .limited || wantsRefused(of: tenant, startedAtUs / 1_000_000)
    }

    private func wantsRefused(of tenant: Int32, _ second: Int64) -> Bool {
        if refused.second != second { refused = (second, [:]) }
        let count = refused.counts[tenant, default: 0]
        refused.counts[tenant] = count + 1
        return count < Self.refusedMax
    }

    /// A record was added to the batch, or one was left out.
    func added(to batch: OpenBatch) {
        if batch.isFull {
            taker.take(batch.take(next: batch.names))
        } else if !timer.isArmed {
            // A weak reference, kept for good, would make each call's reference to this a dear one.
            timer.action = { [self] in handOver() }
            loop.arm(timer, after: Self.delay)
        }
    }

    func digest(_ bytes: Span<UInt8>) -> Digest { SHA256.hash(bytes) }

    /// Hands on what there is. On the loop.
    package func handOver() {
        if let older, !older.isEmpty { taker.take(older.take(next: older.names)) }
        if let newest, !newest.isEmpty { taker.take(newest.take(next: newest.names)) }
        loop.disarm(timer)
        timer.action = nil
    }
}
