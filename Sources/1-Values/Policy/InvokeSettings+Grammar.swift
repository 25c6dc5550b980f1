// The grammar of the texts in `InvokeSettings`. Each check is for one text alone; `TargetSpec` checks what fits
// together.

extension AssumedRole {
    /// `arn:aws:iam::123456789012:role/path/name`.
    /// Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
    package static func isARN(_ text: String) -> Bool {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        return text.utf8.count <= 2_048 && parts.count == 6 && parts[0] == "arn"
            && (parts[1] == "aws" || parts[1].hasPrefix("aws-")) && isMade(parts[1], of: "-")
            && parts[2] == "iam" && parts[3].isEmpty
            && parts[4].utf8.count == 12 && parts[4].utf8.allSatisfy { (0x30...0x39).contains($0) }
            && parts[5].hasPrefix("role/") && !parts[5].hasSuffix("/") && isMade(parts[5], of: "/_+=,.@-")
    }

    /// 2–1,224 characters. Source: STS API Reference, "AssumeRole", ExternalId
    package static func isExternalID(_ text: String) -> Bool {
        (2...1_224).contains(text.utf8.count) && isMade(text[...], of: "_+=,.@:/-")
    }

    /// 2–64 characters. Source: STS API Reference, "AssumeRole", RoleSessionName
    package static func isSessionName(_ text: String) -> Bool {
        (2...64).contains(text.utf8.count) && isMade(text[...], of: "_+=,.@-")
    }
}

extension VersionRoute {
    package static let weightMax = 1_000_000

    /// One or two qualifiers with weights from 0 to `weightMax`, not all 0.
    package init?(weights: [String: Int]) {
        guard (1...2).contains(weights.count), weights.values.contains(where: { $0 > 0 }),
            weights.allSatisfy({ Self.isQualifier($0.key) && (0...Self.weightMax).contains($0.value) })
        else { return nil }
        let sorted = weights.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
        branches = sorted.map { Branch(qualifier: $0.key, weight: $0.value) }
    }

    /// [qualifier] → weight
    package var weights: [String: Int] {
        Dictionary(branches.map { ($0.qualifier, $0.weight) }, uniquingKeysWith: { first, _ in first })
    }

    /// For people: `live=90, next=10`.
    package var text: String {
        branches.map { "\($0.qualifier)=\($0.weight)" }.joined(separator: ", ")
    }

    /// `$LATEST`, a version's number or an alias.
    /// Source: Lambda API Reference, "Invoke", Qualifier
    package static func isQualifier(_ text: String) -> Bool {
        text == "$LATEST" || (1...128).contains(text.utf8.count) && isMade(text[...], of: "-_")
    }
}

extension InvokeSettings {
    /// A path as written in an event: from `/` on, printable ASCII without space, `?` and `#`; at most 255 bytes.
    package static func isHTTPPath(_ text: String) -> Bool {
        text.utf8.count <= 255 && text.hasPrefix("/")
            && text.utf8.allSatisfy {
                $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "?") && $0 != UInt8(ascii: "#")
            }
    }

    /// `host` or `host:port`: printable ASCII without space and `/`; at most 255 bytes.
    package static func isHTTPHost(_ text: String) -> Bool {
        (1...255).contains(text.utf8.count)
            && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "/") }
    }
}

/// Whether a text has only ASCII letters, digits and the given others.
private func isMade(_ text: Substring, of others: String) -> Bool {
    text.utf8.allSatisfy { byte in
        byte &- 0x30 < 10 || (byte | 0x20) &- 0x61 < 26 || others.utf8.contains(byte)
    }
}
