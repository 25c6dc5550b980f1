import Calendar
import Contracts
import Model
import Policy
import TOML

/// Reads one `[[discovery]]` of gateway.toml; the environment sets no part of it.
struct DiscoveryReader {
    private static let keys = [
        "name", "prefix", "functions", "tags", "regions", "role_arn", "external_id", "approval",
        "approval_from_tags", "contract", "schema_tag", "interval", "grace",
    ]

    private let table: TOMLTable
    private var faults: [(member: TOMLTable.Member, message: String)] = []

    init(_ table: TOMLTable) { self.table = table }

    /// The entry's settings; its name is empty if it has no valid one.
    mutating func read() -> GatewayConfig.Discovery {
        var entry = GatewayConfig.Discovery(name: "")
        for member in table.members where !Self.keys.contains(member.key) {
            let hint = nearestName(to: member.key, in: Self.keys).map { "; did you mean \"\($0)\"?" }
            faults.append(
                (member, "unknown key\(hint ?? "; [[discovery]] has \(Self.keys.joined(separator: ", "))")")
            )
        }
        entry.name = value("name", .string(checkDiscoveryName)) ?? ""
        entry.prefix = value("prefix", .string(checkFunctionPrefix))
        entry.functions =
            value("functions", bounded(checkFunctionChoice, GatewayConfig.Discovery.functionsMax)) ?? []
        entry.tags = value("tags", .tags) ?? [:]
        entry.regions = value("regions", bounded(checkRegion, GatewayConfig.Discovery.regionsMax)) ?? []
        entry.roleARN = value("role_arn", .string(checkDiscoveryRole))
        entry.externalID = value("external_id", .string(checkDiscoveryExternalID))
        entry.approval = value("approval", .word) ?? entry.approval
        entry.approvalFromTags = value("approval_from_tags", .word)
        entry.contract = value("contract", .word)
        entry.schemaTag = value("schema_tag", .string(checkTagKey))
        entry.interval = value("interval", .seconds(10...86_400, orZero: true)) ?? entry.interval
        entry.grace = value("grace", .seconds(0...2_592_000)) ?? entry.grace
        if faults.isEmpty, let fault = entry.fault, let member = table.member(fault.key) {
            faults.append((member, fault.message))
        }
        return entry
    }

    /// Reports the faults of members and of the entry as a whole.
    func report(to reader: inout SettingsReader) {
        for fault in faults { reader.refuse(fault.member, fault.message) }
    }

    var isFaulty: Bool { !faults.isEmpty }

    private mutating func value<Value>(_ key: String, _ form: SettingForm<Value>) -> Value? {
        guard let member = table.member(key) else { return nil }
        do throws(Refusal) { return try form.fromFile(member.value) } catch {
            faults.append((member, error.message))
            return nil
        }
    }

    private func bounded(
        _ check: @escaping @Sendable (String) -> String?,
        _ max: Int
    ) -> SettingForm<[String]> {
        let plain = SettingForm<[String]>.list(check)
        return SettingForm(
            fromFile: { value throws(Refusal) in
                let entries = try plain.fromFile(value)
                guard entries.count <= max else {
                    throw Refusal("has \(entries.count) entries; \(max) are allowed")
                }
                return entries
            },
            fromText: plain.fromText,
            show: plain.show
        )
    }
}

extension SettingForm where Value == [String: String] {
    /// Tags, all of which a function must have.
    fileprivate static var tags: Self {
        Self(
            fromFile: { value throws(Refusal) in
                guard case .table(let table) = value.content else {
                    throw Refusal("must be a table such as { team = \"crm\" }, not \(value.kindInWords)")
                }
                guard table.members.count <= GatewayConfig.Discovery.tagsMax else {
                    throw Refusal(
                        "has \(table.members.count) tags; a function has at most \(GatewayConfig.Discovery.tagsMax)"
                    )
                }
                var tags: [String: String] = [:]
                for member in table.members {
                    if let fault = checkTagKey(member.key) {
                        throw Refusal("the key \(brief(member.key)) \(fault)")
                    }
                    do throws(Refusal) {
                        tags[member.key] =
                            try SettingForm<String>.string(checkTagValue).fromFile(member.value)
                    } catch {
                        throw Refusal("\(brief(member.key)) \(error.message)")
                    }
                }
                return tags
            },
            fromText: { _ throws(Refusal) in throw Refusal("can't be set from the environment") },
            show: { showTags($0) }
        )
    }
}

func showTags(_ tags: [String: String]) -> String {
    let members = tags.sorted { $0.key < $1.key }.map { "\(tomlString($0.key)) = \(tomlString($0.value))" }
    return "{ \(members.joined(separator: ", ")) }"
}

// The syntax of a discovery's values: each function returns the error in the text, or nil.

func checkDiscoveryName(_ text: String) -> String? {
    guard let name = try? TargetName(text) else {
        let like = NameSuggestion.near(text).map { ", such as \"\($0)\"" } ?? ""
        return
            "must be a target's name: 1 to 50 lower-case letters and digits, with single hyphens between\(like)"
    }
    return name.isReserved ? "is kept for the gateway itself; choose another" : nil
}

/// A function's name or its beginning: letters, digits, hyphens and underscores.
/// Source: Lambda API Reference, "CreateFunction", FunctionName
package func checkFunctionPrefix(_ text: String) -> String? {
    let isPrefix =
        (1...64).contains(text.utf8.count)
        && text.utf8.allSatisfy {
            $0 &- 48 < 10 || ($0 | 32) &- 97 < 26 || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_")
        }
    return isPrefix
        ? nil : "must be 1 to 64 letters, digits, hyphens and underscores, as functions' names begin"
}

/// A function's name or ARN, without a qualifier, because tags and lists have only whole functions.
package func checkFunctionChoice(_ text: String) -> String? {
    if let fault = checkFunction(text) { return fault }
    return functionQualifier(text) == nil ? nil : "must be without a version or an alias"
}

/// Source: Lambda Developer Guide, "Tag restrictions"
package func checkTagKey(_ text: String) -> String? {
    (1...128).contains(text.unicodeScalars.count) && text.utf8.allSatisfy { $0 >= 32 && $0 != 127 }
        ? nil : "must have 1 to 128 characters, without control characters"
}

package func checkTagValue(_ text: String) -> String? {
    text.unicodeScalars.count <= 256 ? nil : "must have at most 256 characters"
}

/// Source: IAM User Guide, "IAM identifiers"
package func checkDiscoveryRole(_ text: String) -> String? {
    let parts = text.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false)
    let isRole =
        text.utf8.count <= 2_048 && parts.count == 6 && parts[0] == "arn" && parts[1].hasPrefix("aws")
        && parts[2] == "iam" && parts[3].isEmpty && parts[4].utf8.count == 12
        && parts[4].utf8.allSatisfy { $0 &- 48 < 10 } && parts[5].hasPrefix("role/")
        && parts[5].utf8.allSatisfy { 0x21...0x7E ~= $0 }
    return isRole
        ? nil : "must be a role's ARN such as \"arn:aws:iam::123456789012:role/tools\", not \(brief(text))"
}

/// Source: STS API Reference, "AssumeRole", ExternalId
package func checkDiscoveryExternalID(_ text: String) -> String? {
    let isID =
        (2...1_224).contains(text.utf8.count)
        && text.utf8.allSatisfy {
            $0 &- 48 < 10 || ($0 | 32) &- 97 < 26 || "_+=,.@:/-".utf8.contains($0)
        }
    return isID ? nil : "must have 2 to 1224 letters, digits and _+=,.@:/-"
}
