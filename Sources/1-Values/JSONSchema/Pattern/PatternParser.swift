/// A recursive-descent parser of a pattern; the methods are the grammar's productions.
///
/// Disjunctions, terms and quantifiers are here; groups, classes and escapes are in extensions.
struct PatternParser {
    private let scalars: [Unicode.Scalar]
    var position = 0
    var depth = 0
    var groupCount = 0
    /// The names of all groups, for `\k`.
    var groupNames: Set<String> = []
    /// The names of the groups that can take part in a match together with what comes next.
    var namesInReach: Set<String> = []
    /// The groups that `\k` and `\1` refer to; checked at the end, as groups may come later.
    var namedReferences: [(name: String, position: Int)] = []
    var highestReference: (number: Int, position: Int) = (0, 0)

    init(_ scalars: [Unicode.Scalar]) { self.scalars = scalars }

    mutating func parse() throws(PatternFault) {
        try disjunction()
        if peek != nil { throw fault("an unmatched )") }
        if highestReference.number > groupCount {
            throw PatternFault(
                position: highestReference.position,
                reason: "a reference to a missing group"
            )
        }
        for reference in namedReferences where !groupNames.contains(reference.name) {
            throw PatternFault(
                position: reference.position,
                reason: "a reference to a missing group"
            )
        }
    }

    /// Parses alternatives, up to a closing bracket or the end.
    mutating func disjunction() throws(PatternFault) {
        depth += 1
        guard depth <= ECMAScriptPattern.depthMax else { throw fault("groups nested too deeply") }
        let before = namesInReach
        var after = before
        while true {
            while let next = peek, next != "|", next != ")" { try term() }
            after.formUnion(namesInReach)
            guard take("|") else { break }
            namesInReach = before
        }
        namesInReach = after
        depth -= 1
    }

    private mutating func term() throws(PatternFault) {
        guard let next = peek else { return }
        var mayRepeat = true
        switch next {
        case "^", "$":
            position += 1
            mayRepeat = false
        case "(": mayRepeat = try group()
        case "[": try characterClass()
        case "\\": mayRepeat = try atomEscape()
        case "*", "+", "?": throw fault("nothing to repeat")
        case "{", "}", "]": throw fault("a lone \(next)")
        default: position += 1
        }
        let start = position
        if try quantifier(), !mayRepeat {
            throw PatternFault(position: start, reason: "nothing to repeat")
        }
    }

    /// - Returns: whether there is a quantifier.
    private mutating func quantifier() throws(PatternFault) -> Bool {
        if take("*") || take("+") || take("?") {
            _ = take("?")
            return true
        }
        guard peek == "{" else { return false }
        let start = position
        position += 1
        guard let least = digits() else { throw PatternFault(position: start, reason: "a lone {") }
        var most: ArraySlice<Unicode.Scalar>?
        if take(",") { most = digits() }
        guard take("}") else { throw PatternFault(position: start, reason: "a lone {") }
        if let most, isLess(most, than: least) {
            throw PatternFault(position: start, reason: "bounds out of order")
        }
        _ = take("?")
        return true
    }

    /// One digit or more, without leading zeros; `nil` when there is none.
    private mutating func digits() -> ArraySlice<Unicode.Scalar>? {
        let start = position
        while let next = peek, ("0"..."9").contains(next) { position += 1 }
        return position == start ? nil : scalars[start..<position].drop { $0 == "0" }
    }

    private func isLess(_ left: ArraySlice<Unicode.Scalar>, than right: ArraySlice<Unicode.Scalar>) -> Bool {
        left.count == right.count ? left.lexicographicallyPrecedes(right) : left.count < right.count
    }
}

/// Moving through the pattern.
extension PatternParser {
    var peek: Unicode.Scalar? { peek(0) }

    func peek(_ offset: Int) -> Unicode.Scalar? {
        position + offset < scalars.count ? scalars[position + offset] : nil
    }

    /// Moves past the character, if it is the next one.
    mutating func take(_ scalar: Unicode.Scalar) -> Bool {
        guard peek == scalar else { return false }
        position += 1
        return true
    }

    /// Moves past all of the characters if they come next, or past none.
    mutating func take(_ text: String) -> Bool {
        var offset = 0
        for scalar in text.unicodeScalars {
            guard peek(offset) == scalar else { return false }
            offset += 1
        }
        position += offset
        return true
    }

    mutating func next() throws(PatternFault) -> Unicode.Scalar {
        guard let next = peek else { throw fault("an end too early") }
        position += 1
        return next
    }

    func fault(_ reason: String) -> PatternFault { PatternFault(position: position, reason: reason) }
}
