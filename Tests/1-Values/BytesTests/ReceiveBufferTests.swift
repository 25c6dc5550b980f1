import Bytes
import Testing

struct ReceiveBufferTests {
    private let pool = BufferPool()

    /// Receives as many of the bytes as there is room for.
    @discardableResult
    private func receive(_ bytes: [UInt8], _ buffer: inout ReceiveBuffer, atMost most: Int = .max) -> Int {
        let count = buffer.withRoom(atMost: most) { room in
            let count = min(room.count, bytes.count)
            room.copyMemory(from: bytes.withUnsafeBytes { UnsafeRawBufferPointer(rebasing: $0[..<count]) })
            return count
        }
        buffer.received(count)
        return count
    }

    private func text(_ buffer: borrowing ReceiveBuffer) -> String {
        buffer.withBytes { bytes in String(decoding: bytes.indices.map { bytes[$0] }, as: UTF8.self) }
    }

    @Test func `a new buffer has no storage and no bytes`() {
        var buffer = ReceiveBuffer()
        #expect(buffer.capacity == 0)
        #expect(buffer.filled == 0)
        #expect(text(buffer) == "")
        #expect(receive([1, 2], &buffer) == 0)
        buffer.release(to: pool)
        #expect(buffer.takeBytes() == [])
    }

    @Test func `bytes come one after the other, up to the storage's end`() {
        var buffer = ReceiveBuffer()
        buffer.take(from: pool)
        #expect(buffer.capacity == BufferPool.bufferBytes)
        receive(Array("abc".utf8), &buffer)
        buffer.take(from: pool)  // has storage already
        receive(Array("defgh".utf8), &buffer, atMost: 2)
        #expect(text(buffer) == "abcde")
        #expect(buffer[3] == UInt8(ascii: "d"))
        #expect(buffer.room == BufferPool.bufferBytes - 5)
        receive([UInt8](repeating: 1, count: 2 * BufferPool.bufferBytes), &buffer)
        #expect(buffer.room == 0)
        #expect(receive([2], &buffer) == 0)
    }

    @Test(arguments: [0, 1, BufferPool.bufferBytes, BufferPool.bufferBytes + 1, 1 << 20])
    func `growing keeps the bytes`(to count: Int) {
        var buffer = ReceiveBuffer()
        buffer.take(from: pool)
        receive(Array("hello".utf8), &buffer)
        buffer.grow(to: count, pool)
        #expect(buffer.capacity == max(count, BufferPool.bufferBytes))
        #expect(text(buffer) == "hello")
        receive(Array(" world".utf8), &buffer)
        #expect(text(buffer) == "hello world")
    }

    @Test func `an empty buffer can grow at once`() {
        var buffer = ReceiveBuffer()
        buffer.grow(to: 10, pool)
        #expect(receive([UInt8](repeating: 7, count: 20), &buffer) == 10)
    }

    @Test(arguments: [(0, "hello"), (2, "llo"), (5, "")])
    func `dropping the first bytes moves the others to the front`(_ count: Int, _ rest: String) {
        var buffer = ReceiveBuffer()
        buffer.take(from: pool)
        receive(Array("hello".utf8), &buffer)
        buffer.dropFirst(count)
        #expect(text(buffer) == rest)
        receive(Array("!".utf8), &buffer)
        #expect(text(buffer) == rest + "!")
    }

    @Test(arguments: [(0, ""), (2, "he"), (5, "hello"), (9, "hello")])
    func `truncating forgets the last bytes, and a prefix is a copy`(_ count: Int, _ rest: String) {
        var buffer = ReceiveBuffer()
        buffer.take(from: pool)
        receive(Array("hello".utf8), &buffer)
        #expect(buffer.prefix(count) == Array(rest.utf8))
        buffer.truncate(to: count)
        #expect(text(buffer) == rest)
    }

    @Test func `edits are made in place`() {
        var buffer = ReceiveBuffer()
        buffer.take(from: pool)
        receive(Array("hello".utf8), &buffer)
        let count = buffer.edit { bytes in
            bytes[0] = UInt8(ascii: "j")
            return bytes.count
        }
        #expect(count == BufferPool.bufferBytes)
        #expect(text(buffer) == "jello")
    }

    @Test func `what was shared doesn't change with later edits`() {
        var buffer = ReceiveBuffer()
        buffer.take(from: pool)
        receive(Array("hello".utf8), &buffer)
        let shared = buffer.shared
        buffer.edit { $0[0] = 0 }
        receive([1], &buffer)
        #expect(shared[..<5].elementsEqual("hello".utf8))
    }

    @Test func `bytes are handed over with their storage`() {
        var buffer = ReceiveBuffer()
        buffer.take(from: pool)
        receive(Array("hello".utf8), &buffer)
        let address = buffer.shared.withUnsafeBytes { $0.baseAddress }
        let bytes = buffer.takeBytes()
        #expect(bytes.withUnsafeBytes { $0.baseAddress } == address)
        #expect(bytes.count == BufferPool.bufferBytes)
        #expect(buffer.capacity == 0)
        #expect(buffer.filled == 0)
    }

    @Test func `released storage is the next one that is taken`() {
        var one = ReceiveBuffer()
        var other = ReceiveBuffer()
        one.take(from: pool)
        receive(Array("hello".utf8), &one)
        let address = one.shared.withUnsafeBytes { $0.baseAddress }
        one.release(to: pool)
        #expect(one.capacity == 0)
        #expect(one.filled == 0)
        other.take(from: pool)
        #expect(other.shared.withUnsafeBytes { $0.baseAddress } == address)
        #expect(text(other) == "")
    }

    @Test(arguments: [0, 1, 5, BufferPool.bufferBytes, BufferPool.bufferBytes + 1])
    func `a buffer begins with what follows a message`(_ count: Int) {
        let message = [UInt8](repeating: 1, count: 10) + [UInt8](repeating: 2, count: count)
        var buffer = ReceiveBuffer()
        buffer.begin(with: message, 10..<10 + count, pool)
        #expect(buffer.filled == count)
        #expect(buffer.prefix(count) == [UInt8](repeating: 2, count: count))
        #expect(buffer.capacity == (count == 0 ? 0 : max(count, BufferPool.bufferBytes)))
    }

    @Test func `more than there is room for can't be counted`() async {
        await #expect(processExitsWith: .failure) {
            var buffer = ReceiveBuffer()
            buffer.received(1)
        }
    }

    /// Against an array that does the same; fixed seed.
    @Test func `any sequence of steps leaves the bytes that an array would have`() {
        var seed: UInt64 = 7
        func next(_ bound: Int) -> Int {
            seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(seed >> 33) % max(1, bound)
        }
        var buffer = ReceiveBuffer()
        var model: [UInt8] = []
        for step in 0..<2000 {
            switch next(7) {
            case 0, 1:
                buffer.take(from: pool)
                let bytes = (0..<next(3000)).map { UInt8(truncatingIfNeeded: $0 &+ step) }
                model += bytes[..<receive(bytes, &buffer, atMost: 1 + next(4000))]
            case 2: buffer.grow(to: next(40_000), pool)
            case 3:
                let count = next(model.count + 1)
                buffer.dropFirst(count)
                model.removeFirst(count)
            case 4:
                let count = next(20_000)
                buffer.truncate(to: count)
                model = Array(model.prefix(count))
            case 5:
                let count = next(model.count + 1)
                let bytes = buffer.takeBytes()
                buffer.begin(with: bytes, count..<model.count, pool)
                model.removeFirst(count)
            default:
                guard next(10) == 0 else { continue }
                buffer.release(to: pool)
                model = []
            }
            #expect(buffer.filled == model.count)
            #expect(buffer.prefix(.max) == model)
        }
    }
}
