import Policy
import Store
import Testing

/// A target's declared settings for recording its calls.
struct TargetRecordingTests {
    @Test func `recording settings are stored, and a change is published and audited`() async throws {
        try await withStore { store in
            var spec = try TargetTests.spec("time")
            spec.recording = RecordingSettings(arguments: .redacted, redact: ["/password", "/items/*/card"])
            let added = try await store.writing { [spec] write throws(StoreError) in
                try write.addTarget(spec)
            }
            #expect(added.spec == spec)
            let before = try await store.loadSnapshot()
            #expect(before.targets.map { $0.recording } == [spec.recording])
            spec.recording = RecordingSettings(arguments: .full)
            _ = try await store.writing { [spec] write throws(StoreError) in try write.updateTarget(spec) }
            let after = try await store.loadSnapshot()
            #expect(after.version > before.version)
            #expect(after.targets[0].recording == RecordingSettings(arguments: .full))
            let event = try #require(try await store.events().first)
            #expect(
                event.before == #"{"recordArguments":"redacted","redact":["/password","/items/*/card"]}"#
            )
            #expect(event.after == #"{"recordArguments":"full","redact":[]}"#)
        }
    }

    struct Row: Sendable, CustomTestStringConvertible {
        var arguments = RecordedArguments.redacted
        let redact: [String]
        let says: String
        var testDescription: String { says + " \(redact.prefix(2))" }
    }

    @Test(arguments: [
        Row(redact: ["password"], says: "not a JSON pointer"),
        Row(redact: [""], says: "not a JSON pointer"),
        Row(redact: ["/a~2"], says: "not a JSON pointer"),
        Row(redact: ["/a~"], says: "not a JSON pointer"),
        Row(redact: ["/a\nb"], says: "not a JSON pointer"),
        Row(redact: ["/a", "/" + String(repeating: "b", count: 256)], says: "not a JSON pointer"),
        Row(redact: [String(repeating: "/a", count: 17)], says: "not a JSON pointer"),
        Row(redact: ["/a", "/b", "/a"], says: "twice"),
        Row(redact: (0...64).map { "/a\($0)" }, says: "65 pointers"),
        Row(arguments: .full, redact: ["/a"], says: "record_arguments is full"),
        Row(arguments: .none, redact: ["/a"], says: "record_arguments is none"),
    ])
    func `invalid recording settings are refused before they are stored`(_ row: Row) async throws {
        try await withStore { store in
            var spec = try TargetTests.spec("time")
            spec.recording = RecordingSettings(arguments: row.arguments, redact: row.redact)
            let error = await #expect(throws: StoreError.self) {
                try await store.writing { [spec] write throws(StoreError) in _ = try write.addTarget(spec) }
            }
            #expect(error?.kind == .invalid)
            #expect(error?.description.contains(row.says) == true, "\(error?.description ?? "")")
            #expect(error?.description.unicodeScalars.allSatisfy { $0.value >= 0x20 } == true)
        }
    }
}
