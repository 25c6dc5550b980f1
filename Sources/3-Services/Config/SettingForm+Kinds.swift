import Calendar
import System
import TOML

extension SettingForm where Value == Int {
    /// A whole number within `range`.
    static func integer(_ range: ClosedRange<Int>, _ unit: String = "") -> Self {
        let wanted = "a whole number of \(range.lowerBound) to \(range.upperBound)\(unit)"
        return Self(
            fromFile: { value throws(Refusal) in
                guard case .integer(let number) = value.content else {
                    throw Refusal("must be \(wanted), not \(value.kindInWords)")
                }
                guard let number = Int(exactly: number), range.contains(number) else {
                    throw Refusal("must be \(wanted), not \(number)")
                }
                return number
            },
            fromText: { text throws(Refusal) in
                guard let number = Int(text), range.contains(number) else {
                    throw Refusal("must be \(wanted)")
                }
                return number
            },
            show: { String($0) }
        )
    }
}

extension SettingForm where Value == Bool {
    static var boolean: Self {
        Self(
            fromFile: { value throws(Refusal) in
                guard case .boolean(let isOn) = value.content else {
                    throw Refusal("must be true or false, not \(value.kindInWords)")
                }
                return isOn
            },
            fromText: { text throws(Refusal) in
                guard let isOn = Bool(text.lowercased()) else { throw Refusal("must be true or false") }
                return isOn
            },
            show: { String($0) }
        )
    }
}

extension SettingForm where Value == Duration {
    /// A duration within a range of seconds; `orZero` also allows zero when the range begins above it.
    static func seconds(_ seconds: ClosedRange<Int>, orZero: Bool = false) -> Self {
        let range = Duration.seconds(seconds.lowerBound)...Duration.seconds(seconds.upperBound)
        let bounds = "\(DurationText.spell(range.lowerBound)) to \(DurationText.spell(range.upperBound))"
        let allowed = orZero ? "\(bounds), or 0s" : bounds
        return Self(
            text: "a duration such as \"30s\" (units ms, s, m, h, d)",
            read: { text throws(Refusal) in
                guard let duration = DurationText.parse(text) else {
                    throw Refusal(
                        "must be a duration such as \"30s\" (a number and ms, s, m, h or d), not \(brief(text))"
                    )
                }
                guard range.contains(duration) || (orZero && duration == .zero) else {
                    throw Refusal("must be \(allowed), not \(brief(text))")
                }
                return duration
            },
            show: { DurationText.spell($0) }
        )
    }
}

extension SettingForm where Value == ListenAddress {
    static var listenAddress: Self {
        Self(
            text: "\"host:port\"",
            read: { text throws(Refusal) in
                guard let address = ListenAddress(text) else {
                    throw Refusal(
                        "must be \"host:port\", as \"127.0.0.1:3000\" or \"[::1]:3000\", not \(brief(text))"
                    )
                }
                return address
            },
            show: { $0.description }
        )
    }
}

extension SettingForm where Value == String {
    /// A string that `check` accepts; `check` returns what is wrong with it.
    static func string(_ check: @escaping @Sendable (String) -> String?) -> Self {
        Self(
            text: "a string",
            read: { text throws(Refusal) in
                if text.unicodeScalars.contains(where: { $0.value < 32 || $0.value == 127 }) {
                    throw Refusal("must not hold control characters")
                }
                if let fault = check(text) { throw Refusal(fault) }
                return text
            },
            show: { $0 }
        )
    }

    /// A path; a relative one is relative to `folder`.
    static func path(in folder: String) -> Self {
        let plain = string { $0.isEmpty ? "must be a path, not empty" : nil }
        return Self(
            fromFile: { value throws(Refusal) in Files.resolve(try plain.fromFile(value), in: folder) },
            fromText: { text throws(Refusal) in Files.resolve(try plain.fromText(text), in: folder) },
            show: { tomlString($0) }
        )
    }
}

extension SettingForm where Value == [String] {
    /// An array of strings, each different and each accepted by `check`; comma-separated in the environment.
    static func list(_ check: @escaping @Sendable (String) -> String?) -> Self {
        let validate: @Sendable ([String]) throws(Refusal) -> [String] = { entries throws(Refusal) in
            for (index, entry) in entries.enumerated() {
                if let fault = check(entry) { throw Refusal("entry \(index + 1), \(brief(entry)), \(fault)") }
                if entries[..<index].contains(entry) { throw Refusal("holds \(brief(entry)) twice") }
            }
            return entries
        }
        return Self(
            fromFile: { value throws(Refusal) in try validate(strings(value)) },
            fromText: { text throws(Refusal) in
                try validate(text.split(separator: ",").map { trimmed($0) }.filter { !$0.isEmpty })
            },
            show: { "[\($0.map { tomlString($0) }.joined(separator: ", "))]" }
        )
    }
}

extension SettingForm where Value: RawRepresentable & CaseIterable, Value.RawValue == String {
    /// One of an enumeration's raw values.
    static var word: Self {
        Self(
            text: "a string",
            read: { text throws(Refusal) in
                if let value = Value(rawValue: text) { return value }
                let words = Value.allCases.map { $0.rawValue }
                let hint = nearestName(to: text, in: words).map { "; did you mean \"\($0)\"?" } ?? ""
                throw Refusal(
                    "must be \(words.map { "\"\($0)\"" }.joined(separator: ", ")), not \(brief(text))\(hint)"
                )
            },
            show: { $0.rawValue }
        )
    }
}

/// The elements of an array of strings.
func strings(_ value: TOMLValue) throws(Refusal) -> [String] {
    guard case .array(let elements) = value.content else {
        throw Refusal("must be an array of strings, not \(value.kindInWords)")
    }
    var entries: [String] = []
    for (index, element) in elements.enumerated() {
        guard case .string(let entry) = element.content else {
            throw Refusal("must be an array of strings; entry \(index + 1) is \(element.kindInWords)")
        }
        entries.append(entry)
    }
    return entries
}

/// A value quoted for a message, cut to 60 characters.
func brief(_ text: String) -> String {
    text.count <= 60 ? tomlString(text) : tomlString(String(text.prefix(60)) + "…")
}

func trimmed(_ text: Substring) -> String {
    let isSpace: (UInt8) -> Bool = { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
    let bytes = text.utf8.drop(while: isSpace)
    return String(Substring(bytes.prefix(bytes.count - bytes.reversed().prefix(while: isSpace).count)))
}
