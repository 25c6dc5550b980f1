import Database
import JSON
import Policy
import Text

// Which parts of a target's calls are kept, as the columns of `target` hold it.

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
    /// The values for the columns that `storedRecording` reads.
    var columns: [Value] {
        [.text(arguments.rawValue), Value(redact.isEmpty ? nil : json.text)]
    }

    /// The fields that the audit log shows.
    var audited: [(String, JSONValue)] {
        [("recordArguments", .string(arguments.rawValue)), ("redact", json)]
    }

    private var json: JSONValue { .array(redact.map { .string($0) }) }
}
