extension PatternParser {
    /// Parses an escape outside a class, from its backslash on.
    /// - Returns: whether it may be repeated: an assertion may not.
    mutating func atomEscape() throws(PatternFault) -> Bool {
        let start = position
        position += 1
        if take("b") || take("B") { return false }
        if take("k") {
            guard take("<") else { throw fault("\\k without a group's name") }
            namedReferences.append((try groupName(), start))
            return true
        }
        if let digit = peek, ("1"..."9").contains(digit) {
            var number = 0
            while let digit = peek, ("0"..."9").contains(digit) {
                number = min(number * 10 + Int(digit.value - 0x30), 1 << 32)
                position += 1
            }
            if number > highestReference.number { highestReference = (number, start) }
            return true
        }
        if try classEscape() { return true }
        _ = try characterEscape()
        return true
    }

    /// Parses `d`, `D`, `s`, `S`, `w`, `W`, `p{…}` or `P{…}`, after the backslash. Returns whether there was one.
    mutating func classEscape() throws(PatternFault) -> Bool {
        guard let next = peek else { throw fault("a \\ at the end") }
        switch next {
        case "d", "D", "s", "S", "w", "W":
            position += 1
            return true
        case "p", "P":
            position += 1
            try property()
            return true
        default: return false
        }
    }

    private mutating func property() throws(PatternFault) {
        let start = position
        guard take("{") else { throw fault("\\p without a property's name") }
        var name = ""
        var value: String?
        while !take("}") {
            let scalar = try next()
            if scalar == "=", value == nil {
                value = ""
            } else if value != nil {
                value?.unicodeScalars.append(scalar)
            } else {
                name.unicodeScalars.append(scalar)
            }
        }
        let isKnown =
            value.map { UnicodePropertyName.isKnown(name, value: $0) } ?? UnicodePropertyName.isKnown(name)
        guard isKnown else { throw PatternFault(position: start, reason: "an unknown property") }
    }

    /// Parses an escape that stands for one character, after the backslash.
    /// - Returns: the character's code, which may be half of a surrogate pair.
    mutating func characterEscape() throws(PatternFault) -> UInt32 {
        let start = position
        let next = try next()
        switch next {
        case "f": return 0x0C
        case "n": return 0x0A
        case "r": return 0x0D
        case "t": return 0x09
        case "v": return 0x0B
        case "0":
            if let digit = peek, ("0"..."9").contains(digit) { throw fault("an octal escape") }
            return 0
        case "c":
            guard let letter = peek, ("a"..."z").contains(letter) || ("A"..."Z").contains(letter) else {
                throw fault("\\c without a letter")
            }
            position += 1
            return letter.value & 31
        case "x":
            guard let value = hexDigits(2) else { throw fault("\\x without two hexadecimal digits") }
            return value
        case "u":
            guard let value = try unicodeEscape() else {
                throw PatternFault(position: start, reason: "\\u without four hexadecimal digits")
            }
            return value
        case "^", "$", "\\", ".", "*", "+", "?", "(", ")", "[", "]", "{", "}", "|", "/": return next.value
        default: throw PatternFault(position: start, reason: "an unknown escape")
        }
    }

    /// Parses what follows `\u`: four digits, twice if the first four are the first half of a pair, or digits in
    /// braces.
    /// - Returns: `nil` when there are no digits.
    mutating func unicodeEscape() throws(PatternFault) -> UInt32? {
        if take("{") {
            var value: UInt32 = 0
            var digitCount = 0
            while !take("}") {
                guard let digit = Self.hexDigit(try next()) else { throw fault("an escape that never ends") }
                value = value << 4 | digit
                digitCount += 1
                guard value <= 0x10_FFFF else { throw fault("a code point that isn't one") }
            }
            return digitCount == 0 ? nil : value
        }
        guard let first = hexDigits(4) else { return nil }
        guard (0xD800...0xDBFF).contains(first), peek == "\\", peek(1) == "u" else { return first }
        let before = position
        position += 2
        if let second = hexDigits(4), (0xDC00...0xDFFF).contains(second) {
            return 0x10000 + (first - 0xD800) << 10 + (second - 0xDC00)
        }
        position = before
        return first
    }

    private mutating func hexDigits(_ count: Int) -> UInt32? {
        var value: UInt32 = 0
        for offset in 0..<count {
            guard let digit = peek(offset).flatMap({ Self.hexDigit($0) }) else { return nil }
            value = value << 4 | digit
        }
        position += count
        return value
    }

    private static func hexDigit(_ scalar: Unicode.Scalar) -> UInt32? {
        switch scalar {
        case "0"..."9": scalar.value - 0x30
        case "a"..."f": scalar.value - 0x61 + 10
        case "A"..."F": scalar.value - 0x41 + 10
        default: nil
        }
    }
}
