import TOML
import Telemetry
import HTTP

// The syntax of single settings: each function returns the error in the text, or nil.

func checkFilled(_ text: String) -> String? { text.isEmpty ? "must not be empty" : nil }

/// A region's name, such as `eu-central-1`.
func checkRegion(_ text: String) -> String? {
    let isName =
        (1...32).contains(text.utf8.count) && text.utf8.contains(UInt8(ascii: "-"))
        && text.utf8.allSatisfy { $0 &- 48 < 10 || $0 &- 97 < 26 || $0 == UInt8(ascii: "-") }
    return isName ? nil : "must be a region such as \"eu-central-1\", not \(brief(text))"
}

/// `http(s)://host[:port][/path]`. A URL with a user name is refused without being shown.
func checkEndpoint(_ text: String) -> String? {
    if text.contains("@") { return "must not hold a user or password" }
    let wanted = "must be a URL such as \"https://lambda.eu-central-1.amazonaws.com\", not \(brief(text))"
    guard let rest = withoutScheme(text) else { return wanted }
    let authority = rest.prefix { $0 != "/" }
    guard isAuthority(authority), !rest.contains("?"), !rest.contains("#"), !rest.contains(" ") else {
        return wanted
    }
    return nil
}

/// An `Origin` as browsers send it: a scheme, a host and optionally a port. Source: RFC 6454 section 7
func checkOrigin(_ text: String) -> String? {
    guard let rest = withoutScheme(text), isAuthority(rest) else {
        return "must be an origin such as \"https://chat.example.com\", without a path"
    }
    return nil
}

/// Text that models read: at most 4,096 bytes; empty for none.
func checkInstructions(_ text: String) -> String? {
    text.utf8.count <= 4096 ? nil : "has \(text.utf8.count) bytes; 4096 are allowed"
}

/// A `Host` value: a name or address, optionally with a port.
func checkHost(_ text: String) -> String? {
    isAuthority(text[...])
        ? nil : "must be a host such as \"gateway.example.com\" or \"gateway.example.com:443\""
}

/// An address or a prefix of addresses.
func checkAddressRange(_ text: String) -> String? {
    AddressRange(text) == nil
        ? "must be an address or a prefix such as \"10.0.0.0/8\" or \"2001:db8::/32\"" : nil
}

private func withoutScheme(_ text: String) -> Substring? {
    for scheme in ["https://", "http://"] where text.hasPrefix(scheme) { return text.dropFirst(scheme.count) }
    return nil
}

/// A host, with or without a port: `example.com`, `127.0.0.1:80`, `[::1]:80`, `[::1]`.
private func isAuthority(_ text: Substring) -> Bool {
    ListenAddress(String(text)) != nil || ListenAddress("\(text):0") != nil
}

extension SettingForm where Value == GatewayConfig.Log.Level {
    /// The name of a level. In the environment, names of other loggers and levels of modules are also read:
    /// `info,aws=debug`.
    static var logLevel: Self {
        let plain = Self.word
        return Self(
            fromFile: plain.fromFile,
            fromText: { text throws(Refusal) in
                let words = text.split(separator: ",").map { trimmed($0) }.filter { !$0.contains("=") }
                guard words.count == 1 else {
                    throw Refusal("must have one level of all, as in info or info,aws=debug")
                }
                return try level(words[0])
            },
            show: plain.show
        )
    }

    /// A level by the name that any common logger gives it.
    static func level(_ text: String) throws(Refusal) -> Value {
        switch text.lowercased() {
        case "trace": .debug
        case "warn": .warning
        case "critical", "fatal": .error
        case let word: try Self.word.fromText(word)
        }
    }
}

extension SettingForm where Value == [LogModule: GatewayConfig.Log.Level] {
    /// A table such as `{ aws = "debug" }`; in the environment `aws=debug,…`, where an overall level may also appear.
    static var logLevels: Self {
        Self(
            fromFile: { value throws(Refusal) in
                guard case .table(let table) = value.content else {
                    throw Refusal("must be a table such as { aws = \"debug\" }, not \(value.kindInWords)")
                }
                var levels: [LogModule: GatewayConfig.Log.Level] = [:]
                for member in table.members {
                    guard case .string(let word) = member.value.content else {
                        throw Refusal("must have a level in quotes for \(brief(member.key))")
                    }
                    levels[try module(member.key)] = try SettingForm<GatewayConfig.Log.Level>.word.fromText(
                        word
                    )
                }
                return levels
            },
            fromText: { text throws(Refusal) in
                var levels: [LogModule: GatewayConfig.Log.Level] = [:]
                for entry in text.split(separator: ",") {
                    let parts = entry.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                    let name = trimmed(parts[0])
                    // The overall level is read by `logLevel`.
                    guard parts.count == 2 else {
                        if LogModule(rawValue: name) == nil { continue }
                        throw Refusal("must have a level for \(name), as in \(name)=debug")
                    }
                    levels[try module(name)] = try SettingForm<GatewayConfig.Log.Level>.level(
                        trimmed(parts[1])
                    )
                }
                return levels
            },
            show: { shown($0) }
        )
    }

    private static func shown(_ levels: Value) -> String {
        let entries = levels.sorted { $0.key.rawValue < $1.key.rawValue }.map { entry in
            "\(entry.key.rawValue) = \"\(entry.value.rawValue)\""
        }
        return entries.isEmpty ? "{}" : "{ \(entries.joined(separator: ", ")) }"
    }

    private static func module(_ name: String) throws(Refusal) -> LogModule {
        if let module = LogModule(rawValue: name) { return module }
        let names = LogModule.allCases.map { $0.rawValue }
        let hint = nearestName(to: name, in: names).map { "; did you mean \($0)?" } ?? ""
        throw Refusal("has no module \(brief(name)): there are \(names.joined(separator: ", "))\(hint)")
    }
}
