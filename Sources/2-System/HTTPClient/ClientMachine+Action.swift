extension ClientMachine {
    /// What the driver does next. The method that an action names tells the machine the outcome, and returns the next one.
    enum Action: Equatable {
        /// Nothing until the next event.
        case none
        /// Look the host up: `resolved()` or `resolveFailed(isLate:)`.
        case resolve
        /// Connect to the next address: `attemptBegan(at:)`, `attemptFailed()` or `addressesRanOut()`.
        case connect
        /// The address in hand refused, for that reason of errno: `attemptFailed()`.
        case noteRefusal(errno: CInt)
        /// The address in hand didn't answer in time: `attemptFailed()`.
        case noteSilence
        /// Go on with the TLS handshake: `handshook()`, or `ready(…)` when the socket is ready again.
        case handshake
        /// Put the call on the connection: `begin(_:acknowledged:)`.
        case begin
        /// Write the message from `sent` on: `wrote(_:)`, `writeBlocked()` or `writeFailed()`.
        case write
        /// Read into `buffer`: `received(_:)`, `drained()`, `ended()` or `readFailed()`.
        case read
        /// Tell the call the head of its streamed response: `headTold()`.
        case tellHead
        /// Pass on the `piece` of a streamed body: `passed(bodyIsFull:)`, or `abandon` when nobody wants it.
        case pass
        /// Give the call its response, and ask `completed(at:)` what becomes of the connection.
        case deliver
        /// Look whether there is nothing to read, not even the end: `probed(isQuiet:at:)`.
        case probe
        /// Give the connection back to its pool.
        case keep
        /// Look what the peer's kernel has acknowledged: `lost(_:)`.
        case lookAtLoss
        /// Close, and send the call once more on a fresh connection.
        case retry
        /// Close, and end the call so.
        case fail(Failure)
        case close
    }

    enum Failure {
        case unresolved, unreachable, connectingTimedOut, respondingTimedOut
        /// The response is larger than the call allows.
        case tooLarge
        /// `fault` says what is wrong with the response.
        case malformed
        /// The server can't have read a byte of the call.
        case closedUntouched
        case closedEarly
    }

    /// What the machine has to know of a call.
    struct Call {
        let messageBytes: Int
        let responseBytesMax: Int
        let deadline: UInt64
        var isHead = false
        var isStreamed = false
    }

    /// What is known when a connection breaks.
    struct Loss {
        /// Bytes that the peer's kernel has acknowledged in all; negative when that isn't known.
        let acknowledged: Int64
        /// The connection ended with a reset, and no orderly end came before.
        let wasReset: Bool
        /// The call has had its second try.
        let isRetried: Bool
        let now: UInt64
    }
}
