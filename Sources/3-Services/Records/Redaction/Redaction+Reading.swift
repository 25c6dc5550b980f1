import Bytes
import JSON

// Reading the input.
extension Redaction {
    func skip(_ bytes: Span<UInt8>, _ at: inout Int) throws(End) -> Range<Int> {
        let start = at
        do throws(JSONError) { try JSON.skipValue(bytes, at: &at) } catch { throw End() }
        return start..<at
    }

    func walking(_ bytes: Span<UInt8>, _ at: Int) throws(End) -> JSONObjectWalk {
        do throws(JSONError) { return try JSONObjectWalk(bytes, at: at, end: bytes.count) } catch {
            throw End()
        }
    }

    func next(_ walk: inout JSONObjectWalk, _ bytes: Span<UInt8>) throws(End) -> JSONName? {
        do throws(JSONError) { return try walk.next(bytes) } catch { throw End() }
    }

    /// The end of the sound part of a string without its closing quote: before an escape or a character that is cut.
    static func soundEnd(of bytes: Span<UInt8>, from start: Int) -> Int {
        var at = start
        while at < bytes.count {
            let byte = bytes[at]
            // One whole character, as a string of its own.
            let length =
                byte == UInt8(ascii: "\\")
                ? (at + 1 < bytes.count && bytes[at + 1] == UInt8(ascii: "u") ? 6 : 2)
                : byte < 0x80 ? 1 : byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4
            guard at + length <= bytes.count, byte != UInt8(ascii: "\""), isSound(bytes, at..<at + length)
            else { break }
            at += length
        }
        return at
    }

    /// Whether a string of these bytes alone is JSON.
    static func isSound(_ bytes: Span<UInt8>, _ character: Range<Int>) -> Bool {
        if character.count == 1 { return bytes[character.lowerBound] >= 0x20 }
        var quoted: [UInt8] = [UInt8(ascii: "\"")]
        for index in character { quoted.append(bytes[index]) }
        quoted.append(UInt8(ascii: "\""))
        var at = 0
        do throws(JSONError) { try JSON.skipValue(quoted.span, at: &at) } catch { return false }
        return at == quoted.count
    }

    /// How many bytes at the end of a text that goes on may be the beginning of something secret: the last ones, back to
    /// white space.
    static func uncertain(of text: [UInt8]) -> Int {
        var kept = max(0, text.count - uncertainBytes)
        while kept > 0, text[kept - 1] > 32 { kept -= 1 }
        return text.count - kept
    }
}
