import Policy
import TOML

extension TargetFile {
    /// Reads what is recorded of a target's calls beside their figures: keys of `[target]`.
    static func readRecording(_ reader: inout SettingsReader) -> RecordingSettings {
        let arguments: RecordedArguments = reader.read(
            "target",
            "record_arguments",
            as: .word,
            default: .none
        )
        let redact = reader.readOptional("target", "redact", as: .list(checkPointer)) ?? []
        if redact.count > RecordingSettings.pointersMax {
            reader.refuse(
                "target",
                "redact",
                "must have at most \(RecordingSettings.pointersMax) pointers, not \(redact.count); "
                    + "a * in one stands for any element"
            )
        }
        if !redact.isEmpty, arguments != .redacted {
            reader.refuse("target", "redact", "has no effect without record_arguments = \"redacted\"")
        }
        return RecordingSettings(arguments: arguments, redact: redact)
    }
}

private func checkPointer(_ text: String) -> String? {
    RecordingSettings.isPointer(text)
        ? nil : "must be a JSON pointer such as \"/password\" or \"/items/*/card\""
}
