/// The contents of one shared file: sections in their order, properties with lower-case names.
///
/// Rules that are easily missed: a comment after a value needs white space before it, one after a section doesn't; a
/// line that starts with white space continues the value before it, comments included; a property without a value may
/// be followed by sub-properties. Source: AWS SDKs and Tools Reference Guide, "Shared config and credentials files"
struct RawProfileFile: Equatable {
    struct Section: Equatable {
        /// The text between the brackets.
        let name: String
        var properties: [(name: String, value: String)] = []

        static func == (left: Section, right: Section) -> Bool {
            left.name == right.name
                && left.properties.elementsEqual(right.properties) {
                    $0.name == $1.name && $0.value == $1.value
                }
        }
    }

    private(set) var sections: [Section] = []
    /// Whether a line may continue the last property, and whether that property takes sub-properties.
    private var last: (isOpen: Bool, takesSubProperties: Bool) = (false, false)

    init(parsing text: String, path: String) throws(ProfileError) {
        var number = 0
        // Splits at bytes, because "\r\n" is a single character, which wouldn't match "\n".
        for slice in text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
            number += 1
            do throws(LineFault) {
                try add(line: Substring(slice))
            } catch {
                throw ProfileError(path: path, line: number, reason: error.reason)
            }
        }
    }

    static func == (left: RawProfileFile, right: RawProfileFile) -> Bool { left.sections == right.sections }

    private mutating func add(line: Substring) throws(LineFault) {
        guard let first = line.unicodeScalars.first, !trimmed(line).isEmpty else { return }
        if isSpace(first) { return try addContinuation(trimmed(line)) }
        switch first {
        case "#", ";": return
        case "[": try addSection(withoutComment(line, needsSpace: false))
        default: try addProperty(withoutComment(line, needsSpace: true))
        }
    }

    private mutating func addSection(_ line: Substring) throws(LineFault) {
        guard line.hasSuffix("]") else { throw LineFault("Profile definition must end with ']'") }
        sections.append(Section(name: String(trimmed(line.dropFirst().dropLast()))))
        last = (false, false)
    }

    private mutating func addProperty(_ line: Substring) throws(LineFault) {
        guard !sections.isEmpty else { throw LineFault("Expected a profile definition, found a property") }
        let (name, value) = try split(line, what: "property", capitalized: "Property")
        sections[sections.count - 1].properties.append((name.lowercased(), String(value)))
        last = (true, value.isEmpty)
    }

    private mutating func addContinuation(_ line: Substring) throws(LineFault) {
        guard let section = sections.indices.last else {
            throw LineFault("Expected a profile definition, found continuation")
        }
        guard last.isOpen, let property = sections[section].properties.indices.last else {
            throw LineFault("Expected a property definition, found continuation")
        }
        if last.takesSubProperties { _ = try split(line, what: "sub-property", capitalized: "Sub-property") }
        sections[section].properties[property].value += "\n" + line
    }

    /// The name and the value on both sides of the first `=`, trimmed.
    private func split(
        _ line: Substring,
        what: String,
        capitalized: String
    ) throws(LineFault) -> (Substring, Substring) {
        guard let equals = line.firstIndex(of: "=") else {
            throw LineFault("Expected an '=' sign defining a \(what)")
        }
        let name = trimmed(line[..<equals])
        guard !name.isEmpty else { throw LineFault("\(capitalized) did not have a name") }
        return (name, trimmed(line[line.index(after: equals)...]))
    }
}

private struct LineFault: Error {
    let reason: String

    init(_ reason: String) { self.reason = reason }
}

private func isSpace(_ scalar: Unicode.Scalar) -> Bool { scalar == " " || scalar == "\t" || scalar == "\r" }

/// The text without spaces, tabs and carriage returns at both ends.
func trimmed(_ text: Substring) -> Substring {
    var scalars = text.unicodeScalars
    while let first = scalars.first, isSpace(first) { scalars.removeFirst() }
    while let last = scalars.last, isSpace(last) { scalars.removeLast() }
    return Substring(scalars)
}

/// The line up to a `#` or `;` that starts a comment, trimmed.
///
/// With `needsSpace`, a comment must follow white space, so that a word may contain those characters.
private func withoutComment(_ line: Substring, needsSpace: Bool) -> Substring {
    let scalars = line.unicodeScalars
    var isAfterSpace = false
    for index in scalars.indices {
        let scalar = scalars[index]
        if scalar == "#" || scalar == ";", isAfterSpace || !needsSpace { return trimmed(line[..<index]) }
        isAfterSpace = isSpace(scalar)
    }
    return trimmed(line)
}
