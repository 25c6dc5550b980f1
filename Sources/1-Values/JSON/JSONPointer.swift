/// Paths into a JSON value. Source: RFC 6901
package enum JSONPointer {
    /// The names along a pointer, without its escapes.
    package static func tokens(_ pointer: String) -> [String] {
        pointer.split(separator: "/", omittingEmptySubsequences: false).dropFirst().map { unescaped($0) }
    }

    /// A name with a pointer's escapes.
    package static func escaped(_ token: String) -> String {
        guard token.utf8.contains(where: { $0 == UInt8(ascii: "~") || $0 == UInt8(ascii: "/") }) else {
            return token
        }
        var out = ""
        for scalar in token.unicodeScalars {
            switch scalar {
            case "~": out += "~0"
            case "/": out += "~1"
            default: out.unicodeScalars.append(scalar)
            }
        }
        return out
    }

    private static func unescaped(_ token: Substring) -> String {
        var out = String.UnicodeScalarView()
        var afterTilde = false
        for scalar in token.unicodeScalars {
            switch (afterTilde, scalar) {
            case (true, "0"): out.append("~")
            case (true, "1"): out.append("/")
            case (true, _): out.append(contentsOf: ["~", scalar])
            case (false, "~"): break
            case (false, _): out.append(scalar)
            }
            afterTilde = !afterTilde && scalar == "~"
        }
        if afterTilde { out.append("~") }
        return String(out)
    }

    /// An array's index: digits without a leading zero.
    package static func index(_ token: String) -> Int? {
        guard token == "0" || token.utf8.first != UInt8(ascii: "0"),
            token.utf8.allSatisfy({ $0 &- UInt8(ascii: "0") < 10 })
        else { return nil }
        return Int(token)
    }
}
