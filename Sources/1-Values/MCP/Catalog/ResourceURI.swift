/// The grammar of the URIs that targets list, and of their templates.
///
/// Stricter than RFC 3986 where clients would change what they read: they encode other characters than these, and then ask
/// for a URI that no target has listed.
/// Source: RFC 3986 §2; RFC 6570 §2
package enum ResourceURI {
    /// The longest URI, in bytes.
    package static let bytesMax = 2_048
    /// The longest template, in bytes, and the most expressions in one.
    package static let templateBytesMax = 1_024
    package static let expressionsMax = 20

    /// What is wrong with a URI, after "must"; nil when a target may list it.
    package static func fault(_ uri: String) -> String? {
        guard (1...bytesMax).contains(uri.utf8.count) else { return "have 1 to \(bytesMax) bytes" }
        guard uri.utf8.allSatisfy({ isLiteral($0) }) else {
            return "hold nothing but ASCII characters that a URI may have; encode others with %"
        }
        guard TextFormat.uri.accepts(uri) else { return "be \(TextFormat.uri.wanted)" }
        return ExposedURI.isRewritten(uri)
            ? "not begin with \(ExposedURI.scheme), which the gateway uses" : nil
    }

    /// What is wrong with a template, after "must"; nil when a target may list it.
    package static func fault(template: String) -> String? {
        let bytes = Array(template.utf8)
        guard (1...templateBytesMax).contains(bytes.count) else {
            return "have 1 to \(templateBytesMax) bytes"
        }
        var isInside = false
        var count = 0
        var length = 0
        for byte in bytes {
            switch byte {
            case UInt8(ascii: "{"):
                if isInside { return "have no brace inside braces" }
                (isInside, length) = (true, 0)
                count += 1
            case UInt8(ascii: "}"):
                guard isInside, length > 0 else { return "have a name inside each pair of braces" }
                isInside = false
            case _ where isInside:
                length += 1
                guard isOfExpression(byte) else { return "have expressions as RFC 6570 writes them" }
            default:
                guard isLiteral(byte) else { return "hold nothing but ASCII characters that a URI may have" }
            }
        }
        if isInside { return "close its braces" }
        guard count <= expressionsMax else { return "have at most \(expressionsMax) expressions" }
        // A template without a scheme of its own could stand for any other target's resources.
        let start = literalPrefix(of: template)
        guard let colon = start.firstIndex(of: ":"), isScheme(start[..<colon]) else {
            return "begin with a scheme, such as file:"
        }
        return ExposedURI.isRewritten(template)
            ? "not begin with \(ExposedURI.scheme), which the gateway uses" : nil
    }

    /// What each URI of a template begins with: all before its first brace.
    package static func literalPrefix(of template: String) -> Substring { template.prefix { $0 != "{" } }

    private static func isScheme(_ text: Substring) -> Bool {
        guard let first = text.utf8.first, (first | 0x20) &- UInt8(ascii: "a") < 26 else { return false }
        return text.utf8.allSatisfy {
            ($0 | 0x20) &- UInt8(ascii: "a") < 26 || $0 &- UInt8(ascii: "0") < 10 || "+-.".utf8.contains($0)
        }
    }

    /// Visible ASCII without what no URI has. Source: RFC 3986 §2, RFC 6570 §2.1
    private static func isLiteral(_ byte: UInt8) -> Bool {
        0x21...0x7E ~= byte && !"\"<>\\^`{|}".utf8.contains(byte)
    }

    private static func isOfExpression(_ byte: UInt8) -> Bool {
        (byte | 0x20) &- UInt8(ascii: "a") < 26 || byte &- UInt8(ascii: "0") < 10
            || "_.,*:%+#/;?&=!@|-".utf8.contains(byte)
    }
}
