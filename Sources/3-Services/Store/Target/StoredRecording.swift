import Database
import JSON
import Policy
import Text

// What of a target's calls is kept, as the columns of `target` have it.

/// Two columns, `record_arguments` and `redact`. A word that this program doesn't know keeps nothing.
func storedRecording(_ row: borrowing Row, from column: Int) throws(StoreError) -> RecordingSettings {
    let arguments = RecordedArguments(rawValue: row.text(at: column) ?? "") ?? .none
    guard let text = row.text(at: column + 1) else { return RecordingSettings(arguments: arguments) }
    let parsed = Result { () throws(JSONError) in try JSONValue(parsing: text) }
    guard case .success(.array(let elements)) = parsed else {
        throw StoreError(
            .corrupt,
            "the store holds pointers that can't be read: \(quoted(text))",
            hint: "restore it from a backup"
        )
    }
    return RecordingSettings(arguments: arguments, redact: elements.compactMap { $0.stringValue })
}

extension RecordingSettings {
    /// The values of the same columns.
    var columns: [Value] {
        [.text(arguments.rawValue), Value(redact.isEmpty ? nil : json.text)]
    }

    /// As the audit log shows it.
    var audited: [(String, JSONValue)] {
        [("recordArguments", .string(arguments.rawValue)), ("redact", json)]
    }

    private var json: JSONValue { .array(redact.map { .string($0) }) }
}
