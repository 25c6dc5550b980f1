package import Policy
package import Telemetry

/// Decides what is kept of arguments and results.
package protocol BodyKeeper: Sendable {
    /// Called on the writer's thread, once for each call whose arguments or result were copied.
    ///
    /// - Parameters:
    ///   - arguments: raw JSON as the client sent it; nil when there is none.
    ///   - argumentsAreCut: whether only their beginning is there, which isn't complete JSON. `resultIsCut` alike.
    ///   - tool: nil for a tool that isn't there.
    ///   - recording: what the target allows to be kept.
    func keep(
        arguments: ArraySlice<UInt8>?,
        argumentsAreCut: Bool,
        result: ArraySlice<UInt8>?,
        resultIsCut: Bool,
        tool: CallNames.Tool?,
        target: String?,
        recording: RecordingSettings
    ) -> KeptBody
}

/// What is kept of a call's arguments and result.
package struct KeptBody: Sendable, Equatable {
    /// The shape of the arguments.
    package var shape: String?
    package var arguments: String?
    package var result: String?

    package init() {}
}

/// Keeps nothing.
package struct NoBodies: BodyKeeper {
    package init() {}

    package func keep(
        arguments: ArraySlice<UInt8>?,
        argumentsAreCut: Bool,
        result: ArraySlice<UInt8>?,
        resultIsCut: Bool,
        tool: CallNames.Tool?,
        target: String?,
        recording: RecordingSettings
    ) -> KeptBody { KeptBody() }
}
