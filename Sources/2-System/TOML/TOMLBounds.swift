/// Refuses a dotted key or table header of more than 16 parts before the parser sees it.
///
/// The parser builds one nested table per part and frees them recursively, so a long key would exhaust the
/// stack. Up to the first syntax error, where the parser stops too, this follows TOML's own rules for
/// strings and comments.
/// - Throws: `TOMLError` at the key's seventeenth part.
func refuseLongKeys(_ bytes: Span<UInt8>) throws(TOMLError) {
    let partsMax = 16
    var scanner = KeyScanner()
    var position = 0
    while position < bytes.count {
        scanner.step(bytes, &position)
        if scanner.dots >= partsMax {
            throw TOMLError(
                location: TOMLLocation(line: scanner.line, column: position - scanner.lineStart),
                message: "a key has more than \(partsMax) parts"
            )
        }
    }
}

/// Counts the dots of the key that is being read, skipping strings and comments.
private struct KeyScanner {
    var dots = 0
    var line = 1
    var lineStart = 0

    mutating func step(_ bytes: Span<UInt8>, _ position: inout Int) {
        let byte = bytes[position]
        position += 1
        switch byte {
        case UInt8(ascii: "."): dots += 1
        case UInt8(ascii: "\n"):
            dots = 0
            startLine(at: position)
        case UInt8(ascii: "="), UInt8(ascii: ","), UInt8(ascii: "["), UInt8(ascii: "]"), UInt8(ascii: "{"),
            UInt8(ascii: "}"):
            dots = 0
        case UInt8(ascii: "#"):
            while position < bytes.count, bytes[position] != UInt8(ascii: "\n") { position += 1 }
        case UInt8(ascii: "\""), UInt8(ascii: "'"): skipString(bytes, &position, quote: byte)
        default: break
        }
    }

    private mutating func startLine(at position: Int) {
        line += 1
        lineStart = position
    }

    /// `position` is behind the first quote; afterwards it is behind the last.
    private mutating func skipString(_ bytes: Span<UInt8>, _ position: inout Int, quote: UInt8) {
        let isMultiLine = quotes(bytes, from: position, quote) >= 2
        if isMultiLine { position += 2 }
        while position < bytes.count {
            let byte = bytes[position]
            if byte == UInt8(ascii: "\n") {
                guard isMultiLine else { return }
                startLine(at: position + 1)
            }
            position += 1
            if byte == UInt8(ascii: "\\"), quote == UInt8(ascii: "\""), position < bytes.count {
                if bytes[position] == UInt8(ascii: "\n") { startLine(at: position + 1) }
                position += 1
            } else if byte == quote {
                guard isMultiLine else { return }
                // Up to two quotes may stand before the three that end the string.
                let run = quotes(bytes, from: position, quote)
                guard run >= 2 else { continue }
                position += min(run, 4)
                return
            }
        }
    }

    private func quotes(_ bytes: Span<UInt8>, from start: Int, _ quote: UInt8) -> Int {
        var end = start
        while end < bytes.count, bytes[end] == quote, end - start < 5 { end += 1 }
        return end - start
    }
}
