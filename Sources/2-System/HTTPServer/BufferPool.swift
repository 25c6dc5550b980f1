/// Read buffers of one loop, kept between requests so that an idle connection holds none.
final class BufferPool {
    static let bufferBytes = 8 * 1024
    private static let keptMax = 256

    private var free: [[UInt8]] = []

    /// A buffer of `bufferBytes`, all of which may be written to; its content is arbitrary.
    func take() -> [UInt8] { free.popLast() ?? [UInt8](repeating: 0, count: Self.bufferBytes) }

    /// Gives a buffer back; grown ones are let go.
    func give(_ buffer: consuming [UInt8]) {
        if buffer.count == Self.bufferBytes, free.count < Self.keptMax { free.append(buffer) }
    }
}
