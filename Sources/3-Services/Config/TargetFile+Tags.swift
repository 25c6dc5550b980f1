import TOML
import Text

extension TargetFile {
    static let tagsMax = 50

    /// Reads `[local.tags]`: the tags that the function would have in AWS.
    /// Source: Lambda Developer Guide, "Tag naming and other restrictions"
    static func readTags(_ reader: inout SettingsReader) -> [String: String] {
        reader.know("local", "tags")
        guard let member = reader.table("local")?.member("tags") else { return [:] }
        guard case .table(let table) = member.value.content else {
            reader.refuse(member, "must be a table, written [local.tags], not \(member.value.kindInWords)")
            return [:]
        }
        guard table.members.count <= tagsMax else {
            reader.refuse(member, "must have at most \(tagsMax) tags, not \(table.members.count)")
            return [:]
        }
        var tags: [String: String] = [:]
        for entry in table.members {
            guard case .string(let text) = entry.value.content else {
                reader.refuse(entry, "must be a string, not \(entry.value.kindInWords); put it in quotes")
                continue
            }
            guard 1...128 ~= entry.key.unicodeScalars.count, !OutsideValue.holdsControl(entry.key) else {
                reader.refuse(
                    entry,
                    "is not a tag's name: 1 to 128 characters, none of them a control character"
                )
                continue
            }
            guard text.unicodeScalars.count <= 256, !OutsideValue.holdsControl(text) else {
                reader.refuse(entry, "must have at most 256 characters, none of them a control character")
                continue
            }
            tags[entry.key] = text
        }
        return tags
    }
}
