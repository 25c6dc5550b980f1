extension PatternParser {
    /// Parses a class, from `[` to its `]`.
    mutating func characterClass() throws(PatternFault) {
        let start = position
        position += 1
        _ = take("^")
        while !take("]") {
            guard peek != nil else { throw PatternFault(position: start, reason: "a class that never ends") }
            let first = try classMember()
            guard peek == "-", let after = peek(1), after != "]" else { continue }
            let dash = position
            position += 1
            let last = try classMember()
            guard let first, let last else {
                throw PatternFault(position: dash, reason: "a range that starts or ends with a class")
            }
            guard first <= last else { throw PatternFault(position: dash, reason: "a range out of order") }
        }
    }

    /// - Returns: the character's code; `nil` for several characters, such as `\d`.
    private mutating func classMember() throws(PatternFault) -> UInt32? {
        let next = try next()
        guard next == "\\" else { return next.value }
        if take("b") { return 8 }
        if take("-") { return 0x2D }
        if try classEscape() { return nil }
        return try characterEscape()
    }
}
