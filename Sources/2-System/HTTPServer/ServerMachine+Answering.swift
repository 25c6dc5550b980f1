import HTTP

/// From an answer to the next request, or to the end.
extension ServerMachine {
    // MARK: Whole answers

    /// The handler answers. False when there is no request to answer any more.
    mutating func answers() -> Bool {
        guard phase == .handling || leavesBody() else { return false }
        isAnswered = true
        return true
    }

    /// The connection answers by itself, without a handler, and closes after that: nothing more is parsed, not even while
    /// the answer waits.
    mutating func answersAlone(isHead: Bool) {
        phase = .handling
        isAnswered = true
        isHeadRequest = isHead
        closeAfterResponse = true
        awaited = nil
        armForOutput()
        dropBuffer()
    }

    /// The answer was given to the kernel, or is pending.
    func answerWritten() -> Action { phase == .handling && !outputIsPending ? .complete : .none }

    /// The request was let go of, and the next one may start.
    mutating func answered() -> Action {
        guard phase == .handling else { return .none }
        if closeAfterResponse { return linger() }
        phase = .idle
        arm(.idle)
        guard !handlerIsCalled else { return .none }  // `handlerReturned()` goes on
        reads = 0
        return parse()
    }

    /// The server drains: this answer is the connection's last.
    mutating func closesAfterAnswer() { closeAfterResponse = true }

    var connectionOption: ConnectionOption {
        closeAfterResponse ? .close : confirmsKeepAlive ? .keepAlive : .unsaid
    }

    // MARK: Streams

    /// The handler begins a stream. False when there is no request to answer any more.
    mutating func streamStarts() -> Bool {
        guard phase == .handling || leavesBody() else { return false }
        phase = .streaming
        isAnswered = true
        isChunkedStream = head.minorVersion == 1
        if !isChunkedStream { closeAfterResponse = true }
        return true
    }

    mutating func streamEnded() -> Action {
        guard phase == .streaming else { return .none }
        phase = .handling
        return answerWritten()
    }

    // MARK: Output

    /// The kernel is full, and nothing was pending before.
    mutating func outputStalled() {
        outputIsPending = true
        arm(.write)
    }

    /// The kernel took a part of what is pending.
    mutating func outputMoved() { arm(.write) }

    /// The kernel took all that was pending.
    mutating func outputFlushed() -> Action {
        outputIsPending = false
        switch phase {
        case .streaming:
            arm(.none)
            return .streamFlushed
        case .handling where !isAnswered:  // it was 100 Continue, and came late
            arm(.none)
            return .none
        case .handling: return .complete
        case .readingBody, .readingPiece, .screening:  // it was 100 Continue
            arm(.body)
            return .none
        case .bodyPaused:
            arm(.none)
            return .none
        case .handshaking, .idle, .readingHead, .lingering, .closed: return .none
        }
    }

    // MARK: Ending

    /// Ends writing and gives the peer a moment to read: closing with unread input would reset the connection.
    private mutating func linger() -> Action {
        phase = .lingering
        dropBuffer()
        arm(.linger)
        return handlerIsCalled ? .none : .finishWriting
    }

    mutating func writingFinished() -> Action {
        hasFinishedWriting = true
        return phase == .lingering ? .discard : .none
    }

    /// So many bytes were read and dropped.
    mutating func discarded(_ count: Int) -> Action {
        guard phase == .lingering else { return .none }
        discardedBytes += count
        return discardedBytes > limits.lingerBytesMax ? .close : .discard
    }
}
