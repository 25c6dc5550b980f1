package import Bytes

/// The record of one `tools/call` that has ended, refused ones included. Plain bits, so that keeping one is a copy.
///
/// Names are positions in the tables of the batch or the file that the record is in; -1 means none. Times: `resolved`,
/// `authorized`, `sent`, `answered` and `ended` count from `startedAt`, and a step that wasn't reached has the time of
/// the one before.
package struct CallRecord: Sendable, BitwiseCopyable {
    /// The gateway's id of the call: a UUID whose first 48 bits are the millisecond of its start (RFC 9562 §5.7).
    package var id = ID128.none
    /// Microseconds since 1970, by the machine's clock.
    package var startedAtUs: Int64 = 0

    package var tenant: Int32 = -1
    /// -1 for a call with an access token.
    package var key: Int32 = -1
    /// -1 when there is no such tool for the caller; `asked` then has the name.
    package var tool: Int32 = -1
    /// A token's subject; a text of the batch.
    package var subject: Int32 = -1
    /// The client's name and version with a space between; a text of the batch.
    package var client: Int32 = -1
    /// The requested name of a tool that doesn't exist; a text of the batch.
    package var asked: Int32 = -1
    /// The function's version that ran; a text of the batch.
    package var executedVersion: Int32 = -1
    /// The machine-readable word for what went wrong, such as `timed_out`; a text of the batch.
    package var code: Int32 = -1
    /// The argument shape (`CallBody`); a text of the batch.
    package var shape: Int32 = -1

    /// The raw value of a `CallOutcome`.
    package var outcome: UInt8 = 0
    /// The revision of MCP that the client spoke: its position in `CallNames.revisions`.
    package var revision: UInt8 = 0
    package var flags = Flags()
    /// How often the function was asked; 0 when it wasn't asked.
    package var attempts: UInt16 = 0

    /// Microseconds from the start until it was known that the tool exists and the caller may call it. For traces
    /// alone.
    package var resolvedUs: UInt32 = 0
    /// Microseconds from the start until the limits allowed the call, too.
    package var authorizedUs: UInt32 = 0
    /// Microseconds from the start until the request to the function was sent.
    package var sentUs: UInt32 = 0
    /// Microseconds from the start until the request was sent for the last time; 0 when it was sent once. For traces
    /// alone.
    package var resentUs: UInt32 = 0
    /// Microseconds from the start until the function's whole answer had arrived.
    package var answeredUs: UInt32 = 0
    /// Microseconds from the start until the caller's answer was written.
    package var endedUs: UInt32 = 0

    /// The size of the body of the client's message, in bytes.
    package var bytesIn: UInt32 = 0
    /// The size of the body of the answer to the client, in bytes.
    package var bytesOut: UInt32 = 0

    /// `x-amzn-RequestId`, by which CloudWatch's logs can be searched.
    package var lambdaRequestID = ID128.none
    /// The trace that the call belongs to.
    package var traceID = ID128.none
    /// The gateway's span of the call, and the caller's span above it; 0 for none.
    package var spanID: UInt64 = 0
    package var parentSpanID: UInt64 = 0

    /// The figures that Lambda reported; 0 when it wasn't asked for them (`Flags.isReported`).
    package var billedMs: UInt32 = 0
    package var memorySizeMB: UInt32 = 0
    package var memoryUsedMB: UInt32 = 0
    package var initUs: UInt32 = 0
    /// The call's cost at Lambda, in billionths of a US dollar; an estimate without `Flags.isReported`.
    package var costNanoUSD: Int64 = 0

    /// SHA-256 of the raw arguments and of the result that the caller got; zeros when they weren't computed.
    package var argumentsSHA256 = Digest.none
    package var resultSHA256 = Digest.none

    package init() {}

    /// Facts of a call that are true or false.
    package struct Flags: OptionSet, Sendable, BitwiseCopyable {
        package let rawValue: UInt8

        package init(rawValue: UInt8) { self.rawValue = rawValue }

        /// The function had to be started.
        package static let isColdStart = Flags(rawValue: 1)
        /// Lambda reported what the call took: its figures are measured.
        package static let isReported = Flags(rawValue: 2)
        /// The call's spans are exported.
        package static let isSampled = Flags(rawValue: 4)
        /// The caller used an access token.
        package static let isToken = Flags(rawValue: 8)
        /// The cost at Lambda isn't known: there was no price for it.
        package static let hasNoCost = Flags(rawValue: 16)
        /// The function ran on this machine, where it costs nothing.
        package static let isLocal = Flags(rawValue: 32)
    }
}
