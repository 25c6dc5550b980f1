/// The bytes that one connection has received and not used yet, in a buffer that comes from a pool.
///
/// Holds no storage until `take(from:)`, and none again after `release(to:)` or `takeBytes()`, so that an idle connection
/// costs nothing. Bytes are received in three steps: `withRoom(atMost:_:)` lends the free part to whoever reads,
/// `received(_:)` counts what was read, `withBytes(_:)` shows it. What lies behind `filled` is arbitrary and never shown.
/// O(1), but for `grow`, `dropFirst`, `keep` and `prefix`, which copy.
@usableFromInline
package struct ReceiveBuffer: ~Copyable {
    @usableFromInline var storage: [UInt8] = []
    @usableFromInline var received = 0

    @inlinable
    package init() {}

    /// Bytes received and not dropped.
    @inlinable package var filled: Int { received }

    /// Bytes that fit into the storage; 0 without one.
    @inlinable package var capacity: Int { storage.count }

    /// Bytes that may still be received before the buffer has to grow.
    @inlinable package var room: Int { storage.count &- received }

    // MARK: Storage

    /// Takes storage of `BufferPool.bufferBytes`. Does nothing when there is some already.
    package mutating func take(from pool: BufferPool) {
        if storage.isEmpty { storage = pool.take() }
    }

    /// Gives the storage back, and forgets its bytes.
    package mutating func release(to pool: BufferPool) {
        received = 0
        if storage.isEmpty { return }
        pool.give(exchange(&storage, with: []))
    }

    /// Moves the bytes into storage of `count` bytes. Does nothing when it has as much already.
    package mutating func grow(to count: Int, _ pool: BufferPool) {
        guard count > storage.count else { return }
        let larger = Self.copy(of: storage, 0..<received, capacity: count)
        pool.give(exchange(&storage, with: larger))
    }

    /// An array of `capacity` bytes that begins with those of the range. What follows them is not initialized, and not
    /// read before somebody has received bytes into it.
    private static func copy(of bytes: [UInt8], _ range: Range<Int>, capacity: Int) -> [UInt8] {
        unsafe [UInt8](unsafeUninitializedCapacity: capacity) { room, initialized in
            unsafe bytes.withUnsafeBytes { all in
                unsafe UnsafeMutableRawBufferPointer(room).copyMemory(from: .init(rebasing: all[range]))
            }
            initialized = capacity
        }
    }

    // MARK: Receiving

    /// Lends the free part, or the first `count` bytes of it, to whoever reads from a socket.
    @inlinable
    package mutating func withRoom<Outcome>(
        atMost count: Int,
        _ read: (UnsafeMutableRawBufferPointer) -> Outcome
    ) -> Outcome {
        let (start, end) = (received, received &+ min(room, count))
        return unsafe storage.withUnsafeMutableBytes { unsafe read(.init(rebasing: $0[start..<end])) }
    }

    /// Counts `count` more bytes, which were written into the free part.
    @inlinable
    package mutating func received(_ count: Int) {
        precondition(count >= 0 && count <= room, "more bytes were received than there is room for")
        received &+= count
    }

    // MARK: The bytes

    /// Shows the bytes.
    @inlinable
    package func withBytes<Outcome, Failure: Error>(
        _ body: (Span<UInt8>) throws(Failure) -> Outcome
    ) throws(Failure) -> Outcome {
        try body(storage.span.extracting(first: received))
    }

    /// One of the bytes, of which there are `filled`.
    @inlinable
    package subscript(_ index: Int) -> UInt8 { storage[index] }

    /// Lets somebody change the bytes in place, such as a decoder. The array is as long as the storage, and has to stay so.
    @inlinable
    package mutating func edit<Outcome, Failure: Error>(
        _ body: (inout [UInt8]) throws(Failure) -> Outcome
    ) throws(Failure) -> Outcome {
        try body(&storage)
    }

    /// The whole storage, which is shared until somebody writes into it. Only its first `filled` bytes mean something.
    @inlinable package var shared: [UInt8] { storage }

    /// A copy of the first `count` bytes.
    package func prefix(_ count: Int) -> [UInt8] { Array(storage[..<min(count, received)]) }

    /// Forgets the bytes from `count` on.
    @inlinable
    package mutating func truncate(to count: Int) { received = min(received, count) }

    /// Forgets the first `count` bytes, and moves the others to the front.
    package mutating func dropFirst(_ count: Int) {
        let rest = count..<received
        unsafe storage.withUnsafeMutableBytes { all in
            unsafe all.copyMemory(from: UnsafeRawBufferPointer(rebasing: all[rest]))
        }
        received = rest.count
    }

    /// Hands the storage over without a copy, and has none after that.
    @inlinable
    package mutating func takeBytes() -> [UInt8] {
        received = 0
        return exchange(&storage, with: [])
    }

    /// Begins with bytes of an array, such as those behind a message that was handed over. Has no storage before.
    package mutating func begin(with bytes: [UInt8], _ range: Range<Int>, _ pool: BufferPool) {
        guard !range.isEmpty else { return }
        received = range.count
        guard range.count <= BufferPool.bufferBytes else {
            return storage = Self.copy(of: bytes, range, capacity: range.count)
        }
        storage = pool.take()
        unsafe storage.withUnsafeMutableBytes { room in
            unsafe bytes.withUnsafeBytes { unsafe room.copyMemory(from: .init(rebasing: $0[range])) }
        }
    }
}
