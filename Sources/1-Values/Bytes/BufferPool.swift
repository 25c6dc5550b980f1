/// Read buffers of one loop, kept between messages so that an idle connection holds none.
///
/// Not `Sendable`: it stays with its owner, one per loop.
@usableFromInline
package final class BufferPool {
    @inlinable package static var bufferBytes: Int { 8 * 1024 }
    private static let keptMax = 256

    private var free: [[UInt8]] = []

    package init() {}

    /// A buffer of `bufferBytes`, all of which may be written to; its content is arbitrary.
    package func take() -> [UInt8] { free.popLast() ?? [UInt8](repeating: 0, count: Self.bufferBytes) }

    /// Returns a buffer to the pool; one that has grown, or is one too many, is freed.
    package func give(_ buffer: consuming [UInt8]) {
        if buffer.count == Self.bufferBytes, free.count < Self.keptMax { free.append(buffer) }
    }
}
