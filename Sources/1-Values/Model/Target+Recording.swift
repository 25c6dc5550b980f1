import Policy
import Text

extension TargetSpec {
    /// Checks the settings for what is kept of its calls. Pointers that would have no effect are refused too.
    /// - Throws: `.invalid`, naming the target and the setting.
    package func checkRecording() throws(ModelFault) {
        guard recording.redact.count <= RecordingSettings.pointersMax else {
            throw ModelFault(
                .invalid,
                "target \(name): \(recording.redact.count) pointers are to be redacted",
                hint: "\(RecordingSettings.pointersMax) are allowed; a * in one stands for any element"
            )
        }
        for (index, pointer) in recording.redact.enumerated() {
            guard RecordingSettings.isPointer(pointer) else {
                throw ModelFault(
                    .invalid,
                    "target \(name): \(quoted(pointer)) is not a JSON pointer",
                    hint: Self.pointerHint
                )
            }
            guard !recording.redact[..<index].contains(pointer) else {
                throw ModelFault(
                    .invalid,
                    "target \(name): \(quoted(pointer)) is to be redacted twice",
                    hint: "name it once"
                )
            }
        }
        guard recording.redact.isEmpty || recording.arguments == .redacted else {
            throw ModelFault(
                .invalid,
                "target \(name): there is something to redact, and record_arguments is \(recording.arguments.rawValue)",
                hint: "set record_arguments to redacted, or leave the pointers out"
            )
        }
    }

    /// What a pointer must be, for messages.
    package static let pointerHint =
        "give one such as /password or /items/*/card; ~ is written ~0 and a / within a name ~1, and "
        + "\(RecordingSettings.pointerBytesMax) bytes and \(RecordingSettings.pointerDepthMax) names are allowed"
}
