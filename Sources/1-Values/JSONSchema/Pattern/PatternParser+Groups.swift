extension PatternParser {
    /// Parses a group or a look-around, from its opening bracket on.
    /// - Returns: whether it may be repeated.
    mutating func group() throws(PatternFault) -> Bool {
        let start = position
        position += 1
        var mayRepeat = true
        if take("?=") || take("?!") || take("?<=") || take("?<!") {
            mayRepeat = false
        } else if take("?<") {
            try nameGroup(at: start)
        } else if peek == "?" {
            position += 1
            try modifiers()
        } else {
            groupCount += 1
        }
        try disjunction()
        guard take(")") else { throw PatternFault(position: start, reason: "a group that never ends") }
        return mayRepeat
    }

    private mutating func nameGroup(at start: Int) throws(PatternFault) {
        groupCount += 1
        let name = try groupName()
        guard namesInReach.insert(name).inserted else {
            throw PatternFault(position: start, reason: "two groups with one name")
        }
        groupNames.insert(name)
    }

    /// Parses `:`, or flags to set and to clear before it. Source: ECMA-262 §22.2.1, `Modifiers`
    private mutating func modifiers() throws(PatternFault) {
        var seen: Set<Unicode.Scalar> = []
        var clears = false
        while !take(":") {
            if !clears, take("-") {
                clears = true
                continue
            }
            guard let flag = peek, ["i", "m", "s"].contains(flag), seen.insert(flag).inserted else {
                throw fault("an unknown kind of group")
            }
            position += 1
        }
        if clears, seen.isEmpty { throw fault("an unknown kind of group") }
    }

    /// Parses the name of a group, after its `<` and up to its `>`; decodes escapes.
    mutating func groupName() throws(PatternFault) -> String {
        var name = String.UnicodeScalarView()
        while !take(">") {
            let start = position
            var scalar = try next()
            if scalar == "\\" {
                guard take("u"), let value = try unicodeEscape(), let decoded = Unicode.Scalar(value) else {
                    throw PatternFault(position: start, reason: "a group name that isn't an identifier")
                }
                scalar = decoded
            }
            let fits =
                name.isEmpty
                ? scalar == "$" || scalar == "_" || scalar.properties.isIDStart
                : scalar == "$" || scalar == "\u{200C}" || scalar == "\u{200D}"
                    || scalar.properties.isIDContinue
            guard fits else {
                throw PatternFault(position: start, reason: "a group name that isn't an identifier")
            }
            name.append(scalar)
        }
        guard !name.isEmpty else { throw fault("a group without its name") }
        return String(name)
    }
}
