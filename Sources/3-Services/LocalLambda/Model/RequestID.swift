/// A random UUID in lower case, the form of AWS's request ids. Source: RFC 9562 §5.4
package func makeRequestID() -> String {
    let bits = (UInt64.random(in: .min ... .max), UInt64.random(in: .min ... .max))
    let high = hex((bits.0 & ~0xF000) | 0x4000)
    let low = hex((bits.1 & ~(0b11 << 62)) | (0b10 << 62))
    return
        "\(high.prefix(8))-\(high.dropFirst(8).prefix(4))-\(high.suffix(4))-\(low.prefix(4))-\(low.suffix(12))"
}

/// 16 lower-case hexadecimal digits.
package func hex(_ value: UInt64) -> String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 16 - digits.utf8.count) + digits
}
