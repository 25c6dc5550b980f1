import Text

/// A request to STS for a role: the role and the parameters of its session.
///
/// A value, which also serves as the key to find the role's credentials again.
package struct RoleRequest: Hashable, Sendable {
    package struct Tag: Hashable, Sendable {
        package let key: String
        package let value: String

        package init(_ key: String, _ value: String) {
            self.key = key
            self.value = value
        }
    }

    package var roleARN: String
    /// The name that distinguishes sessions in CloudTrail: 2–64 letters, digits and `_+=,.@-`.
    package var sessionName = "mcp-gateway"
    /// The external id that the role's trust policy requires of a third party: 2–1,224 letters, digits and
    /// `_+=,.@:/-`.
    package var externalID: String?
    /// 900–43,200; STS's own default is an hour, which is also the most for a role taken by a role.
    package var durationSeconds: Int?
    /// A session policy in JSON, which narrows what the session may do; at most 2,048 characters.
    package var policy: String?
    /// The ARNs of managed policies that narrow what the session may do, at most 10.
    package var policyARNs: [String] = []
    /// Session tags: at most 50; no two keys may differ only in case.
    package var tags: [Tag] = []
    /// The keys of the tags that stay with the session when it takes another role.
    package var transitiveTagKeys: [String] = []
    /// 2–64 characters, as in a session's name.
    package var sourceIdentity: String?

    package init(roleARN: String) { self.roleARN = roleARN }

    package static let policyCharactersMax = 2_048
    package static let tagsMax = 50

    /// - Throws: which limit of STS the request exceeds, before it is sent.
    /// Source: STS API Reference, "AssumeRole"
    package func check() throws(RoleRequestError) {
        let arn = roleARN.utf8
        guard 20...2_048 ~= arn.count, roleARN.hasPrefix("arn:"), roleARN.contains(":role/"),
            arn.allSatisfy({ 0x21...0x7E ~= $0 })
        else {
            throw RoleRequestError("role_arn is \(quoted(roleARN)), not arn:aws:iam::ACCOUNT:role/NAME")
        }
        guard Self.isName(sessionName, 2...64, "_+=,.@-") else {
            throw RoleRequestError("the session's name must have 2 to 64 letters, digits and _+=,.@-")
        }
        if let externalID, !Self.isName(externalID, 2...1_224, "_+=,.@:/-") {
            throw RoleRequestError("the external id must have 2 to 1,224 letters, digits and _+=,.@:/-")
        }
        if let durationSeconds, !(900...43_200 ~= durationSeconds) {
            throw RoleRequestError("duration_seconds must be 900 to 43,200, not \(durationSeconds)")
        }
        if let sourceIdentity, !Self.isName(sourceIdentity, 2...64, "_+=,.@-") {
            throw RoleRequestError("the source identity must have 2 to 64 letters, digits and _+=,.@-")
        }
        try checkPolicies()
        try checkTags()
    }

    private func checkPolicies() throws(RoleRequestError) {
        if let policy {
            let count = policy.unicodeScalars.count
            guard count <= Self.policyCharactersMax else {
                throw RoleRequestError(
                    "the session policy has \(count) characters, and STS takes \(Self.policyCharactersMax) at most: "
                        + "name fewer functions, or give the role itself the narrower policy"
                )
            }
            guard
                policy.unicodeScalars.allSatisfy({
                    0x20...0xFF ~= $0.value || "\t\n\r".unicodeScalars.contains($0)
                })
            else { throw RoleRequestError("the session policy holds a character that STS doesn't take") }
        }
        guard policyARNs.count <= 10 else {
            throw RoleRequestError("\(policyARNs.count) policies are too many: STS takes 10")
        }
    }

    private func checkTags() throws(RoleRequestError) {
        guard tags.count <= Self.tagsMax else {
            throw RoleRequestError("\(tags.count) session tags are too many: STS takes \(Self.tagsMax)")
        }
        var keys: Set<String> = []
        for tag in tags {
            guard 1...128 ~= tag.key.unicodeScalars.count, Self.isTagText(tag.key),
                !tag.key.lowercased().hasPrefix("aws:")
            else {
                throw RoleRequestError(
                    "the session tag \(quoted(tag.key)) is not valid: use 1 to 128 letters, digits, spaces "
                        + "and _.:/=+-@, without aws: at its start"
                )
            }
            guard tag.value.unicodeScalars.count <= 256, Self.isTagText(tag.value) else {
                throw RoleRequestError(
                    "the value of the session tag \(quoted(tag.key)) must have at most 256 letters, digits, spaces "
                        + "and _.:/=+-@"
                )
            }
            guard keys.insert(tag.key.lowercased()).inserted else {
                throw RoleRequestError(
                    "the session tag \(quoted(tag.key)) is given twice; case doesn't count"
                )
            }
        }
        if let other = transitiveTagKeys.first(where: { !keys.contains($0.lowercased()) }) {
            throw RoleRequestError("the transitive tag \(quoted(other)) isn't one of the session's tags")
        }
    }

    private static func isName(_ text: String, _ count: ClosedRange<Int>, _ others: String) -> Bool {
        count ~= text.utf8.count
            && text.utf8.allSatisfy { isLowerOrDigit($0) || isUpper($0) || others.utf8.contains($0) }
    }

    /// Source: the pattern `[\p{L}\p{Z}\p{N}_.:/=+\-@]*`
    private static func isTagText(_ text: String) -> Bool {
        text.unicodeScalars.allSatisfy { scalar in
            if "_.:/=+-@".unicodeScalars.contains(scalar) { return true }
            switch scalar.properties.generalCategory {
            case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter,
                .spaceSeparator, .lineSeparator, .paragraphSeparator, .decimalNumber, .letterNumber,
                .otherNumber:
                return true
            default: return false
            }
        }
    }
}

/// Why a request for a role is invalid. Holds no secret.
package struct RoleRequestError: Error, Equatable, Sendable, CustomStringConvertible {
    package let reason: String

    init(_ reason: String) { self.reason = reason }

    package static let nothing = RoleRequestError("there is no role")

    package var description: String { reason }
}
