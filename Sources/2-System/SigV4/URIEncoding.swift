package import Bytes

extension ByteBuffer {
    /// Appends the bytes with everything but letters, digits, `-`, `.`, `_` and `~` written as `%XX`.
    ///
    /// `keepsSlash` leaves `/` alone, as paths need it.
    /// Source: RFC 3986 §2.3, and "UriEncode" of the Signature Version 4 pages
    package mutating func append(uriEncoding bytes: Span<UInt8>, keepsSlash: Bool = false) {
        for index in bytes.indices {
            let byte = bytes[index]
            if isUnreserved(byte) || (keepsSlash && byte == UInt8(ascii: "/")) {
                append(byte)
            } else {
                append(UInt8(ascii: "%"))
                append(upperHexDigit(byte >> 4))
                append(upperHexDigit(byte & 15))
            }
        }
    }

    package mutating func append(uriEncoding text: String, keepsSlash: Bool = false) {
        append(uriEncoding: text.utf8.span, keepsSlash: keepsSlash)
    }
}

/// The bytes with each `%XX` undone; a `%` that starts no such triplet stands for itself.
func uriDecoded(_ bytes: Span<UInt8>) -> [UInt8] {
    var out: [UInt8] = []
    out.reserveCapacity(bytes.count)
    var index = 0
    while index < bytes.count {
        if bytes[index] == UInt8(ascii: "%"), index + 2 < bytes.count,
            let high = hexValue(bytes[index + 1]), let low = hexValue(bytes[index + 2])
        {
            out.append(high << 4 | low)
            index += 3
        } else {
            out.append(bytes[index])
            index += 1
        }
    }
    return out
}

private func isUnreserved(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
        UInt8(ascii: "~"):
        true
    default: false
    }
}

private func upperHexDigit(_ nibble: UInt8) -> UInt8 {
    nibble < 10 ? UInt8(ascii: "0") + nibble : UInt8(ascii: "A") + nibble - 10
}

private func hexValue(_ digit: UInt8) -> UInt8? {
    switch digit {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
    default: nil
    }
}
