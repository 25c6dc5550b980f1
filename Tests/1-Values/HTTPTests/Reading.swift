import Bytes
import HTTP

/// A parser's reading of some bytes, in a form that can be compared between two runs.
enum Reading: Equatable, Sendable, CustomStringConvertible {
    /// The head's meaning as text, and where the next message starts.
    case accepted(String, end: Int)
    case incomplete
    case refused(Int)

    var description: String {
        switch self {
        case .accepted(let meaning, let end): "accepted up to \(end): \(meaning)"
        case .incomplete: "incomplete"
        case .refused(let status): "refused with \(status)"
        }
    }
}

func readRequest(_ bytes: [UInt8], headBytesMax: Int = 4096) -> Reading {
    var head = RequestHead()
    do {
        switch try RequestParser.parse(bytes.span, into: &head, headBytesMax: headBytesMax) {
        case .incomplete: return .incomplete
        case .done(let end): return .accepted(serialised(head, bytes), end: end)
        }
    } catch {
        return .refused(error.status)
    }
}

func readResponse(_ bytes: [UInt8], isHeadRequest: Bool = false, headBytesMax: Int = 4096) -> Reading {
    var head = ResponseHead()
    do {
        let progress = try ResponseParser.parse(
            bytes.span,
            into: &head,
            isHeadRequest: isHeadRequest,
            headBytesMax: headBytesMax
        )
        guard case .done(let end) = progress else { return .incomplete }
        let fields = fieldLines(head.fields, bytes)
        return .accepted("\(head.status) \(fields)\(head.framing) keepAlive:\(head.keepAlive)", end: end)
    } catch {
        return .refused(error.status)
    }
}

/// The head written in the plainest form: parsing it must give the same head.
func serialised(_ head: RequestHead, _ bytes: [UInt8]) -> String {
    let query = head.query.map { "?" + bytes.span.text($0) } ?? ""
    let line =
        "\(bytes.span.text(head.methodName)) \(bytes.span.text(head.path))\(query) HTTP/1.\(head.minorVersion)"
    return "\(line)\r\n\(fieldLines(head.fields, bytes))\r\n"
}

/// The head's framing, which isn't part of its text.
func framing(_ bytes: [UInt8]) -> String {
    var head = RequestHead()
    guard (try? RequestParser.parse(bytes.span, into: &head, headBytesMax: 4096)) != nil else {
        return "refused"
    }
    return "\(head.method) \(head.framing) keepAlive:\(head.keepAlive) continue:\(head.expectsContinue)"
}

private func fieldLines(_ fields: HeaderFields, _ bytes: [UInt8]) -> String {
    fields.all.map { "\(latin(bytes[$0.name])): \(latin(bytes[$0.value]))\r\n" }.joined()
}

/// The bytes as text, one character per byte, so that bytes that are not UTF-8 stay distinct.
func latin(_ bytes: ArraySlice<UInt8>) -> String {
    String(String.UnicodeScalarView(bytes.map { Unicode.Scalar($0) }))
}

/// The bytes of a text of characters up to U+00FF.
func latinBytes(_ text: String) -> [UInt8] { text.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) } }

/// A small deterministic generator. Source: Steele, Lea, Flood, "Fast splittable pseudorandom number generators".
struct SplitMix {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    mutating func below(_ bound: Int) -> Int { bound > 0 ? Int(next() % UInt64(bound)) : 0 }
}
