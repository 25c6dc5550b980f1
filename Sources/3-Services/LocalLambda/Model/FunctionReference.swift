/// A function's name in a request: a bare name, with a qualifier, a partial or a full ARN.
///
/// Source: AWS Lambda API reference, Invoke, `FunctionName`; the patterns are those AWS prints when it refuses a name.
package struct FunctionReference: Equatable, Sendable {
    package var region: String?
    package var account: String?
    package var name: String
    package var qualifier: String?

    static let pattern =
        #"(arn:(aws[a-zA-Z-]*)?:lambda:)?((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:)?"#
        + #"(\d{12}:)?(function:)?([a-zA-Z0-9-_\.]+)(:(\$LATEST(\.PUBLISHED)?|[a-zA-Z0-9-_]+))?"#
    static let qualifierPattern = #"\$(LATEST(\.PUBLISHED)?)|[a-zA-Z0-9-_$]+"#
    static let qualifierCountMax = 128
    static let countMax = 256

    /// Reads a reference; nil when it does not match AWS's pattern.
    package init?(parsing text: String) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count <= 8 else { return nil }
        self.init(name: "")
        guard match(parts[...], step: .arn) else { return nil }
    }

    private init(name: String) { self.name = name }

    private enum Step { case arn, region, account, word, name }

    /// Matches greedily, but skips an optional part if the rest wouldn't match with it.
    private mutating func match(_ parts: ArraySlice<Substring>, step: Step) -> Bool {
        guard let first = parts.first else { return false }
        let rest = parts.dropFirst()
        switch step {
        case .arn:
            let isARN = first == "arn" && parts.count > 3 && isPartition(rest[rest.startIndex])
            if isARN, parts[parts.startIndex + 2] == "lambda", match(parts.dropFirst(3), step: .region) {
                return true
            }
            return match(parts, step: .region)
        case .region:
            if Self.isRegion(first), match(rest, step: .account) {
                region = String(first)
                return true
            }
            return match(parts, step: .account)
        case .account:
            if first.utf8.count == 12, first.utf8.allSatisfy({ $0.isDigit }), match(rest, step: .word) {
                account = String(first)
                return true
            }
            return match(parts, step: .word)
        case .word:
            if first == "function", match(rest, step: .name) { return true }
            return match(parts, step: .name)
        case .name:
            return matchName(first, qualifier: rest)
        }
    }

    private mutating func matchName(_ text: Substring, qualifier parts: ArraySlice<Substring>) -> Bool {
        guard !text.isEmpty, text.utf8.allSatisfy({ $0.isNameByte || $0 == UInt8(ascii: ".") }) else {
            return false
        }
        guard parts.count <= 1 else { return false }
        if let last = parts.first {
            let isLatest = last == "$LATEST" || last == "$LATEST.PUBLISHED"
            guard isLatest || (!last.isEmpty && last.utf8.allSatisfy { $0.isNameByte }) else { return false }
            qualifier = String(last)
        }
        name = String(text)
        return true
    }

    private func isPartition(_ text: Substring) -> Bool {
        if text.isEmpty { return true }
        return text.hasPrefix("aws")
            && text.utf8.allSatisfy { $0.isNameByte && !$0.isDigit && $0 != UInt8(ascii: "_") }
    }

    /// `(eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}`
    static func isRegion(_ text: Substring) -> Bool {
        var words = text.split(separator: "-", omittingEmptySubsequences: false)
        if words.first == "eusc" { words.removeFirst() }
        if words.count == 4 {
            let kind = words.remove(at: 1)
            let isIso =
                kind.hasPrefix("iso") && kind.utf8.count <= 4 && kind.utf8.allSatisfy { $0.isLowerLetter }
            guard kind == "gov" || isIso else { return false }
        }
        guard words.count == 3, words[0].utf8.count == 2, !words[1].isEmpty, words[2].utf8.count == 1 else {
            return false
        }
        return (words[0] + words[1]).utf8.allSatisfy { $0.isLowerLetter }
            && words[2].utf8.allSatisfy { $0.isDigit }
    }

    /// Whether `text` matches AWS's pattern for the `Qualifier` parameter; the caller checks its length.
    static func isQualifier(_ text: String) -> Bool {
        if text == "$LATEST" || text == "$LATEST.PUBLISHED" { return true }
        return !text.isEmpty && text.utf8.allSatisfy { $0.isNameByte || $0 == UInt8(ascii: "$") }
    }
}

extension FunctionReference {
    /// Reads the name and the qualifier of a request.
    /// - Throws: AWS's ValidationException with every fault of both.
    package init(validating text: String, qualifier: String?) throws(ServiceError) {
        var faults: [String] = []
        if let qualifier {
            let fault = { (rule: String) in
                "Value '\(qualifier)' at 'qualifier' failed to satisfy constraint: Member must \(rule)"
            }
            if qualifier.utf8.count > Self.qualifierCountMax {
                faults.append(fault("have length less than or equal to \(Self.qualifierCountMax)"))
            } else if !Self.isQualifier(qualifier) {
                faults.append(fault("satisfy regular expression pattern: \(Self.qualifierPattern)"))
            }
        }
        let fault = { (rule: String) in
            "Value '\(text)' at 'functionName' failed to satisfy constraint: Member must \(rule)"
        }
        let parsed = Self(parsing: text)
        if text.utf8.count > Self.countMax {
            faults.append(fault("have length less than or equal to \(Self.countMax)"))
        } else if parsed == nil {
            faults.append(fault("satisfy regular expression pattern: \(Self.pattern)"))
        }
        guard faults.isEmpty, let parsed else { throw .validation(faults) }
        self = parsed
    }

    /// AWS's error text for a tagged resource whose ARN isn't one of Lambda's.
    package static func resourceFault(_ text: String) -> String {
        let region = #"(eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}"#
        let uuid = "[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}"
        let kinds = [
            #"function:[a-zA-Z0-9-_]+(:(\$LATEST|[a-zA-Z0-9-_]+))?"#, "layer:([a-zA-Z0-9-_]+)",
            "code-signing-config:csc-[a-z0-9]{17}", "event-source-mapping:\(uuid)",
            "capacity-provider:[a-zA-Z0-9-_]+",
        ]
        let pattern = #"arn:(aws[a-zA-Z-]*):lambda:\#(region):\d{12}:(\#(kinds.joined(separator: "|")))"#
        let rule = "failed to satisfy constraint: Member must satisfy regular expression pattern: \(pattern)"
        return "Value '\(text)' at 'resource' \(rule)"
    }
}

extension UInt8 {
    /// `[a-zA-Z0-9-_]`
    package var isNameByte: Bool {
        switch self {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"): true
        default: false
        }
    }

    package var isLowerLetter: Bool { self >= UInt8(ascii: "a") && self <= UInt8(ascii: "z") }
    package var isDigit: Bool { self >= UInt8(ascii: "0") && self <= UInt8(ascii: "9") }
}
