import Bytes
import HTTP
import Testing

/// The word-wise scans of field names and values, compared with the grammar, byte for byte.
struct HeadRunTests {
    private static let marks = Array("!#$%&'*+-.^_`|~".utf8)

    private static func isToken(_ byte: UInt8) -> Bool {
        byte &- 48 < 10 || (byte | 0x20) &- 97 < 26 && byte < 0x80 || marks.contains(byte)
    }

    private static func isValue(_ byte: UInt8) -> Bool { byte >= 0x20 && byte != 0x7F || byte == 9 }

    /// The ranges of the last field, nil when the head is refused; traps when it is incomplete.
    private static func field(_ name: [UInt8], _ value: [UInt8]) -> (name: [UInt8], value: [UInt8])? {
        let bytes =
            Array("GET / HTTP/1.1\r\nHost: x\r\n".utf8) + name + [0x3A, 0x20] + value + Array("\r\n\r\n".utf8)
        var head = RequestHead()
        do throws(ParseError) {
            guard
                case .done(bytes.count) = try RequestParser.parse(bytes.span, into: &head, headBytesMax: 4096),
                let field = head.fields.all.last
            else { return ([], []) }
            return (Array(bytes[field.name]), Array(bytes[field.value]))
        } catch {
            return nil
        }
    }

    @Test func `each byte at each place of a name is accepted or refused as the grammar says`() {
        var mistakes: [String] = []
        for count in [1, 2, 7, 8, 9, 15, 16, 17, 23] {
            for place in 0..<count {
                for byte in UInt8.min...UInt8.max {
                    var name = (0..<count).map { UInt8($0 % 3 == 2 ? 0x2D : 0x41 + $0) }
                    name[place] = byte
                    let found = Self.field(name, [0x61])
                    // A colon ends the name, and what follows is the value.
                    let isTaken = byte == 0x3A ? place > 0 : Self.isToken(byte)
                    let isRight = byte == 0x3A ? found?.name == Array(name[..<place]) : found?.name == name
                    if isTaken ? !isRight : found != nil {
                        mistakes.append("\(byte) at \(place) of \(count)")
                    }
                }
            }
        }
        #expect(mistakes == [])
    }

    @Test func `each byte at each place of a value is accepted or refused as the grammar says`() {
        var mistakes: [String] = []
        for count in [3, 8, 9, 15, 16, 17, 26] {
            for place in 1..<count - 1 {
                for byte in UInt8.min...UInt8.max {
                    for filler in [0x61, 0xC3, 0x7E, 0x80] as [UInt8] {
                        var value = [UInt8](repeating: filler, count: count)
                        value[place] = byte
                        let found = Self.field(Array("name".utf8), value)
                        let isRight = found?.value == value
                        if Self.isValue(byte) ? !isRight : found != nil {
                            mistakes.append("\(byte) at \(place) of \(count) among \(filler)")
                        }
                    }
                }
            }
        }
        #expect(mistakes == [])
    }

    @Test func `several bytes that end a run are found in their order`() {
        #expect(Self.field(Array("name".utf8), [0x61, 9, 9, 0x62])?.value == [0x61, 9, 9, 0x62])
        #expect(Self.field(Array("name".utf8), Array("abc\tdefgh\u{7F}".utf8)) == nil)
        #expect(Self.field(Array("name".utf8), Array("abc\tdefgh\n".utf8)) == nil)
        #expect(Self.field(Array("a_b.c~d!e#f0".utf8), [0x61])?.name == Array("a_b.c~d!e#f0".utf8))
    }
}
