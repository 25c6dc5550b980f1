import Bytes
import Policy
import Store
import Synchronization
import Locks
import TestSupport

/// A store in a temporary directory, closed at the end.
func withStore<T>(
    busyTimeoutMs: Int = 60_000,
    clock: @escaping @Sendable () -> Int64 = { 1_000 },
    _ body: (Store) async throws -> T
) async throws -> T {
    try await withTemporaryDirectory { directory in
        let store = try Store.open(
            path: "\(directory)/store.db",
            busyTimeoutMs: busyTimeoutMs,
            clock: clock
        )
        defer { store.close() }
        return try await body(store)
    }
}

/// A clock that tests set.
final class TestClock: Sendable {
    private let now: Atomic<Int64>

    init(_ now: Int64) { self.now = Atomic(now) }

    func set(_ nowMs: Int64) { now.store(nowMs, ordering: .sequentiallyConsistent) }

    var read: @Sendable () -> Int64 { { self.now.load(ordering: .sequentiallyConsistent) } }
}

/// A repeatable sequence of random numbers, so that a failing random test fails again. SplitMix64.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

/// A tool whose definition depends on a number.
func definition(_ name: String, _ content: Int = 0) -> ToolDefinition {
    let json = Array(#"{"name":"\#(name)","description":"\#(content)"}"#.utf8)
    var hash = [UInt8](repeating: 0, count: 32)
    for (index, byte) in json.enumerated() { hash[index % 32] = hash[index % 32] &* 31 &+ byte }
    guard let digest = Digest(hash) else { preconditionFailure("32 bytes") }
    return ToolDefinition(name: name, json: json, sha256: digest)
}

/// Numbers in the order in which any thread appended them.
final class LockedList: Sendable {
    private let all = Locked<[Int]>([])

    func append(_ number: Int) { all.withLock { $0.append(number) } }

    var last: Int? { all.withLock { $0.last } }
}
