import Bytes
import Crypto
package import EventLoop
package import Telemetry

/// Collects the records of one loop's calls, and hands them on in batches: when a batch is full, when the state
/// changes, and at the latest `delay` after its first record.
///
/// Takes no lock and waits for nobody. Its loop's thread only.
package final class CallRecorder {
    /// Settings for what is kept beside a call's figures.
    package struct Settings: Sendable {
        /// Whether the SHA-256 of arguments and result is kept.
        package var takesDigests = false
        /// Whether the beginning of calls' arguments is kept, from which their shape is derived.
        package var takesShapes = false

        package init(takesDigests: Bool = false, takesShapes: Bool = false) {
            self.takesDigests = takesDigests
            self.takesShapes = takesShapes
        }
    }

    /// The longest time that a record waits for others.
    package static let delay = Duration.milliseconds(250)
    /// The most refused calls of one tenant that are recorded within a second: more would push out others' records.
    static let refusedMax = 100
    /// The most bytes of a call's arguments from which their shape is derived.
    static let shapeBytesMax = 4 << 10
    /// The most bytes of a call's arguments, and of its result, that are kept where the target's settings keep them.
    static let bodyBytesMax = 16 << 10

    let settings: Settings
    private let loop: EventLoop
    private let taker: any CallBatchTaker
    private let timer = LoopTimer()
    /// The batch for the state in force; nil before the first state.
    private var newest: OpenBatch?
    /// The identity of `newest.names`: comparing it costs no reference count.
    private var newestNames: ObjectIdentifier?
    /// The batch for an earlier state: calls that began with it may end now.
    private var older: OpenBatch?

    /// [tenant] → how many of its calls that began in this second were refused.
    private var refused = (second: Int64(0), counts: [Int32: Int]())

    package init(on loop: EventLoop, for taker: any CallBatchTaker, _ settings: Settings = Settings()) {
        self.loop = loop
        self.taker = taker
        self.settings = settings
    }

    /// From now on, calls begin with a state of these names.
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
        // The call began with a still older state. There are so few of these that a batch for each of them does no
        // harm.
        if let older, !older.isEmpty { taker.take(older.take(next: names)) }
        let made = OpenBatch(names: names)
        older = made
        return made
    }

    /// Whether a call is recorded: every call that wasn't refused, and `refusedMax` refused ones of each tenant in a
    /// second.
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

    /// Call this after a record was added to the batch, or was left out.
    func added(to batch: OpenBatch) {
        if batch.isFull {
            taker.take(batch.take(next: batch.names))
        } else if !timer.isArmed {
            // A strong reference while the timer is armed: a permanent weak one would make every reference count here
            // costly.
            timer.action = { [self] in handOver() }
            loop.arm(timer, after: Self.delay)
        }
    }

    func digest(_ bytes: Span<UInt8>) -> Digest { SHA256.hash(bytes) }

    /// Hands on the open batches. On the loop.
    package func handOver() {
        if let older, !older.isEmpty { taker.take(older.take(next: older.names)) }
        if let newest, !newest.isEmpty { taker.take(newest.take(next: newest.names)) }
        loop.disarm(timer)
        timer.action = nil
    }
}
