/// Decodes a chunked body in place, as it arrives. Strict: CRLF only, bounded sizes, extensions and trailers.
///
/// A value: keep it between reads. Trailer fields are checked for form, and dropped unless they are asked for.
/// Source: RFC 9112 §7.1.
package struct ChunkedDecoder: Sendable {
    private enum Phase {
        case size, sizeDigits, sizeLF, extensionText, data, dataCR, dataLF, trailerStart, trailerName,
            trailerValue, trailerLF
        case endLF
    }

    /// What extensions and trailers may have together, unless trailers are kept.
    private static let overheadBytesMax = 16 * 1024

    private var phase = Phase.size
    private var chunkBytes = 0
    private var sizeDigits = 0
    /// Bytes of extensions and trailers so far, all chunks together.
    private var overheadBytes = 0
    /// Decoded bytes so far.
    package private(set) var bodyBytes = 0
    private let bodyBytesMax: Int
    private let overheadBytesMax: Int
    private let keepsTrailers: Bool
    /// The trailer fields, each as it came and with a line feed behind it; empty when they aren't kept.
    package private(set) var trailers: [UInt8] = []

    /// - Parameters:
    ///   - bodyBytesMax: a larger body is refused as soon as its chunk sizes exceed it.
    ///   - trailerBytesMax: trailers are kept, up to so many bytes; nil drops them.
    package init(bodyBytesMax: Int, trailerBytesMax: Int? = nil) {
        self.bodyBytesMax = bodyBytesMax
        overheadBytesMax = max(trailerBytesMax ?? 0, Self.overheadBytesMax)
        keepsTrailers = trailerBytesMax != nil
    }

    /// Decodes `bytes[input..<count]`, writing body bytes from `output` on, which must not be after `input`.
    ///
    /// - Returns: `.done` with the offset after the body's last byte, or `.incomplete` when all input is used up;
    ///   `output` is then where the next decoded byte goes.
    package mutating func decode(
        _ bytes: inout [UInt8],
        from input: Int,
        to count: Int,
        output: inout Int
    ) throws(ParseError) -> Progress {
        var position = input
        while position < count {
            if phase == .data {
                let part = min(chunkBytes, count - position)
                if output != position { Self.move(&bytes, from: position..<position + part, to: output) }
                output += part
                position += part
                bodyBytes += part
                chunkBytes -= part
                if chunkBytes == 0 { phase = .dataCR }
                continue
            }
            let byte = bytes[position]
            position += 1
            if try step(byte) { return .done(position) }
        }
        return .incomplete
    }

    /// Source and target may overlap; slicing checks that both are inside.
    private static func move(_ bytes: inout [UInt8], from range: Range<Int>, to start: Int) {
        unsafe bytes.withUnsafeMutableBytes { all in
            let target = unsafe UnsafeMutableRawBufferPointer(rebasing: all[start..<start + range.count])
            unsafe target.copyMemory(from: UnsafeRawBufferPointer(rebasing: all[range]))
        }
    }

    /// Takes one byte outside chunk data. Returns whether it ended the body.
    private mutating func step(_ byte: UInt8) throws(ParseError) -> Bool {
        switch phase {
        case .size, .sizeDigits: try sizeByte(byte)
        case .extensionText:
            if byte == 13 { phase = .sizeLF } else { try overhead(byte, "a chunk extension") }
        case .sizeLF:
            try expect(byte, 10)
            phase = chunkBytes == 0 ? .trailerStart : .data
        case .data: break
        case .dataCR:
            try expect(byte, 13)
            phase = .dataLF
        case .dataLF:
            try expect(byte, 10)
            phase = .size
        case .trailerStart:
            if byte == 13 { phase = .endLF } else { try trailerStart(byte) }
        case .trailerName: try trailerName(byte)
        case .trailerValue:
            if byte == 13 { phase = .trailerLF } else { try trailer(byte) }
        case .trailerLF:
            try expect(byte, 10)
            if keepsTrailers { trailers.append(10) }
            phase = .trailerStart
        case .endLF:
            try expect(byte, 10)
            return true
        }
        return false
    }

    private mutating func sizeByte(_ byte: UInt8) throws(ParseError) {
        let lower = byte | 0x20
        if byte &- 48 < 10 || lower &- 97 < 6 {
            if phase == .size { (chunkBytes, sizeDigits) = (0, 0) }
            phase = .sizeDigits
            sizeDigits += 1
            guard sizeDigits <= 16 else { throw .malformed("a chunk size has too many digits") }
            let left = bodyBytesMax - bodyBytes
            let digit = Int(byte &- 48 < 10 ? byte &- 48 : lower &- 87)
            guard chunkBytes <= left / 16, chunkBytes * 16 <= left - digit else { throw .bodyTooLarge }
            chunkBytes = chunkBytes * 16 + digit
            return
        }
        guard phase == .sizeDigits else { throw .malformed("a chunk size is not hexadecimal") }
        switch byte {
        case 13: phase = .sizeLF
        case 59: phase = .extensionText
        default: throw .malformed("a chunk size is not hexadecimal")
        }
    }

    private mutating func trailerStart(_ byte: UInt8) throws(ParseError) {
        guard HeadScanner.isToken(byte) else {
            throw .malformed("a trailer does not start with a field name")
        }
        try trailer(byte)
        phase = .trailerName
    }

    private mutating func trailerName(_ byte: UInt8) throws(ParseError) {
        guard byte == 58 || HeadScanner.isToken(byte) else {
            throw .malformed("a trailer is not a name and a value")
        }
        try trailer(byte)
        if byte == 58 { phase = .trailerValue }
    }

    private mutating func trailer(_ byte: UInt8) throws(ParseError) {
        try overhead(byte, "a trailer")
        if keepsTrailers { trailers.append(byte) }
    }

    private mutating func overhead(_ byte: UInt8, _ place: String) throws(ParseError) {
        guard HeadScanner.isFieldValue(byte) else { throw .malformed("a control character in \(place)") }
        overheadBytes += 1
        guard overheadBytes <= overheadBytesMax else { throw .headTooLarge }
    }

    private func expect(_ byte: UInt8, _ wanted: UInt8) throws(ParseError) {
        guard byte == wanted else { throw .malformed("a chunk does not end in CRLF") }
    }
}
