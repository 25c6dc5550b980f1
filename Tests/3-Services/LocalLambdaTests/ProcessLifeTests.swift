import Bytes
import LocalLambda
import Testing

struct ProcessLifeTests {
    /// An event in the life of a process.
    enum Event: Sendable {
        case next, gaveUp, assign(String), answer(String), stream(String), streamEnd(String), initError,
            timeout(String), exit(Int), notStarted,
            abandon
    }

    struct Row: Sendable, CustomTestStringConvertible {
        var name: String
        var events: [(Event, ProcessLife.Step)]
        var phase: ProcessLife.Phase
        var testDescription: String { name }
    }

    @Test(arguments: [
        Row(
            name: "a cold start, an answer, and waiting",
            events: [(.next, .deliver("1")), (.answer("1"), .finish("1")), (.next, .park)],
            phase: .idle
        ),
        Row(
            name: "a warm call comes to a process that waits",
            events: [
                (.next, .deliver("1")), (.answer("1"), .finish("1")), (.next, .park),
                (.assign("2"), .deliver("2")),
                (.answer("2"), .finish("2")),
            ],
            phase: .returning(nil)
        ),
        Row(
            name: "a warm call comes before the process asks again",
            events: [
                (.next, .deliver("1")), (.answer("1"), .finish("1")), (.assign("2"), .nothing),
                (.next, .deliver("2")),
            ],
            phase: .busy("2")
        ),
        Row(
            name: "a process that asks again before it was answered is parked anew",
            events: [(.next, .deliver("1")), (.answer("1"), .finish("1")), (.next, .park), (.next, .park)],
            phase: .idle
        ),
        Row(
            name: "a process that broke off its request gets the next call when it asks again",
            events: [
                (.next, .deliver("1")), (.answer("1"), .finish("1")), (.next, .park), (.gaveUp, .nothing),
                (.assign("2"), .nothing), (.next, .deliver("2")), (.gaveUp, .nothing),
                (.answer("2"), .finish("2")),
            ],
            phase: .returning(nil)
        ),
        Row(
            name: "asking while busy is refused and changes nothing",
            events: [(.next, .deliver("1")), (.next, .refuse), (.answer("1"), .finish("1"))],
            phase: .returning(nil)
        ),
        Row(
            name: "answers to others, twice, or to nothing are refused",
            events: [
                (.answer("1"), .refuse), (.next, .deliver("1")), (.answer("2"), .unknownID),
                (.answer("1"), .finish("1")),
                (.answer("1"), .refuse), (.next, .park), (.answer("1"), .refuse),
            ],
            phase: .idle
        ),
        Row(
            name: "a streamed answer ends once, and nothing else answers meanwhile",
            events: [
                (.stream("1"), .refuse), (.next, .deliver("1")), (.stream("2"), .unknownID),
                (.stream("1"), .nothing), (.answer("1"), .refuse), (.stream("1"), .refuse), (.next, .refuse),
                (.streamEnd("1"), .finish("1")), (.streamEnd("1"), .refuse), (.next, .park),
            ],
            phase: .idle
        ),
        Row(
            name: "an exit within a streamed answer fails the call",
            events: [
                (.next, .deliver("1")), (.stream("1"), .nothing), (.exit(3), .fail("1", .exited(.code(3)))),
                (.streamEnd("1"), .refuse),
            ],
            phase: .ended
        ),
        Row(
            name: "a timeout within a streamed answer fails the call",
            events: [
                (.next, .deliver("1")), (.stream("1"), .nothing),
                (.timeout("1"), .fail("1", .timedOut(seconds: 3))), (.streamEnd("1"), .refuse),
            ],
            phase: .ended
        ),
        Row(
            name: "an initialization error answers the call it was started for",
            events: [(.initError, .finish("1")), (.exit(1), .nothing), (.next, .refuse)],
            phase: .ended
        ),
        Row(
            name: "an initialization error later is refused",
            events: [(.next, .deliver("1")), (.initError, .refuse)],
            phase: .busy("1")
        ),
        Row(
            name: "an exit while starting fails the call",
            events: [(.exit(7), .fail("1", .exited(.code(7))))],
            phase: .ended
        ),
        Row(
            name: "an exit while busy fails the call",
            events: [(.next, .deliver("1")), (.exit(0), .fail("1", .exited(.code(0))))],
            phase: .ended
        ),
        Row(
            name: "an exit while waiting fails nothing",
            events: [
                (.next, .deliver("1")), (.answer("1"), .finish("1")), (.next, .park), (.exit(1), .nothing),
            ],
            phase: .ended
        ),
        Row(
            name: "an exit before the next event was seen gives the call to another process",
            events: [
                (.next, .deliver("1")), (.answer("1"), .finish("1")), (.assign("2"), .nothing),
                (.exit(1), .reassign("2")),
            ],
            phase: .ended
        ),
        Row(
            name: "a timeout fails the call once, and the exit that follows nothing",
            events: [
                (.next, .deliver("1")), (.timeout("1"), .fail("1", .timedOut(seconds: 3))),
                (.answer("1"), .refuse),
                (.timeout("1"), .nothing), (.exit(9), .nothing),
            ],
            phase: .ended
        ),
        Row(
            name: "a timeout of a call that was answered does nothing",
            events: [(.next, .deliver("1")), (.answer("1"), .finish("1")), (.timeout("1"), .nothing)],
            phase: .returning(nil)
        ),
        Row(
            name: "a command that cannot start fails the call",
            events: [(.notStarted, .fail("1", .notStarted(why: "why"))), (.notStarted, .nothing)],
            phase: .ended
        ),
        Row(
            name: "a process that is told to go asks in vain",
            events: [(.abandon, .nothing), (.next, .refuse)],
            phase: .ended
        ),
    ])
    func `each event leads to its step`(_ row: Row) {
        var life = ProcessLife(startingFor: "1")
        for (index, (event, step)) in row.events.enumerated() {
            #expect(apply(event, to: &life) == step, "event \(index)")
        }
        #expect(life.phase == row.phase)
    }

    private func apply(_ event: Event, to life: inout ProcessLife) -> ProcessLife.Step {
        switch event {
        case .next: return life.asksForNext()
        case .gaveUp:
            life.gaveUp()
            return .nothing
        case .assign(let id): return life.assign(id)
        case .answer(let id): return life.answers(id)
        case .stream(let id): return life.beginsStream(id)
        case .streamEnd(let id): return life.endsStream(id)
        case .initError: return life.reportsInitError()
        case .timeout(let id): return life.timedOut(id, afterSeconds: 3)
        case .exit(let code): return life.exited(.code(code))
        case .notStarted: return life.couldNotStart(why: "why")
        case .abandon:
            #expect(life.abandon() == "1")
            return .nothing
        }
    }

    @Test func `a process is available only without an invocation`() {
        var life = ProcessLife(startingFor: "1")
        #expect(!life.isAvailable)
        _ = life.asksForNext()
        #expect(!life.isAvailable)
        _ = life.answers("1")
        #expect(life.isAvailable)
        _ = life.asksForNext()
        #expect(life.isAvailable)
        _ = life.abandon()
        #expect(!life.isAvailable)
    }
}

struct FunctionErrorTests {
    @Test(arguments: [
        (
            FunctionError.timedOut(seconds: 30), "Sandbox.Timedout",
            "RequestId: ID Error: Task timed out after 30.00 seconds"
        ),
        (
            .exited(.code(127)), "Runtime.ExitError",
            "RequestId: ID Error: Runtime exited with error: exit status 127"
        ),
        (
            .exited(.code(0)), "Runtime.ExitError",
            "RequestId: ID Error: Runtime exited without providing a reason"
        ),
        (
            .exited(.signal(9)), "Runtime.ExitError",
            "RequestId: ID Error: Runtime exited with error: signal: killed"
        ),
        (
            .exited(.signal(64)), "Runtime.ExitError",
            "RequestId: ID Error: Runtime exited with error: signal: signal 64"
        ),
        (
            .responseTooLarge(bytesMax: FunctionError.responseBytesMax), "Function.ResponseSizeTooLarge",
            "Response payload size exceeded maximum allowed payload size (6291556 bytes)."
        ),
        (
            .truncated, "Runtime.TruncatedResponse",
            "RequestId: ID Error: Runtime closed its connection within the response"
        ),
    ])
    func `failures have AWS's error texts`(_ error: FunctionError, _ type: String, _ message: String) {
        #expect(
            error.payload(requestID: "ID").text == #"{"errorType":"\#(type)","errorMessage":"\#(message)"}"#
        )
    }
}
