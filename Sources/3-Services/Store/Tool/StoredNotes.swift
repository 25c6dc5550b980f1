import JSON
import Model

extension [ToolNote] {
    /// The notes in the form that the store keeps.
    var stored: String {
        JSONValue.array(
            map {
                [
                    "member": .string($0.member), "reason": .string($0.reason),
                    "leftOut": .bool($0.isLeftOut),
                ]
            }
        ).text
    }

    /// Anything that isn't in the stored form is dropped: notes are only shown.
    init(stored: String) {
        guard stored != "[]", let value = try? JSONValue(parsing: stored) else {
            self = []
            return
        }
        self = (value.arrayValue ?? []).compactMap { note in
            guard let member = note["member"]?.stringValue,
                let reason = note["reason"]?.stringValue
            else { return nil }
            return ToolNote(
                member: member,
                reason: reason,
                isLeftOut: note["leftOut"]?.boolValue ?? false
            )
        }
    }
}
