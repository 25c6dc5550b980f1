import Bytes
import Calendar
import EventLoop
import JSON
import System
import Text

extension SourceReader {
    /// Runs a `credential_process` in its own process group, without a shell, until its deadline. Its standard error
    /// is dropped and its standard output is never quoted, as both may hold secrets.
    ///
    /// Source: AWS SDKs and Tools Reference Guide, "Process credential provider"
    func run(_ words: [String], _ place: String) async throws(CredentialsError) -> Credentials {
        let source = "credential_process of \(place)"
        func refused(_ reason: String) -> CredentialsError { .refused(source: source, reason: reason) }
        var command = Command(arguments: words, environment: processEnvironment)
        command.discardsErrors = true
        let end: ProcessRun.End
        do throws(SpawnError) {
            end = try await ProcessRun.end(of: command, on: lines, timeout: pace.processTimeout)
        } catch {
            throw refused(error.description)
        }
        let output: [UInt8]
        switch end {
        case .output(let bytes, .exited(0)): output = bytes
        case .output(_, .exited(let code)):
            throw refused(
                "it ended with exit status \(code); what it said isn't shown, as it may be secret: run it by hand"
            )
        case .output(_, .signalled(let signal)): throw refused("signal \(signal) ended it")
        case .timedOut:
            let seconds = pace.processTimeout.components.seconds
            throw refused(
                "it had not ended after \(seconds) s, and was killed: a server can't answer its questions"
            )
        case .tooLong: throw refused("it wrote more than \(CredentialsJSON.bytesMax) bytes, and was killed")
        case .closed: throw refused("the gateway is ending")
        }
        let found: Credentials
        do throws(CredentialsJSON.Fault) {
            let object = try CredentialsJSON.object(output.span)
            guard object["Version"]?.intValue == 1 else {
                throw CredentialsJSON.Fault("its Version is not 1")
            }
            found = try CredentialsJSON.credentials(
                object,
                tokenName: "SessionToken",
                source: source,
                isTemporary: false
            )
        } catch {
            throw refused("what it wrote can't be used: \(error.reason)")
        }
        guard !found.hasExpired(at: clock()) else {
            throw refused("the keys that it wrote have ended already")
        }
        return found
    }
}

/// One run of a program, to its end or its deadline. Loop thread only.
private final class ProcessRun {
    enum End: Sendable {
        case output([UInt8], ExitStatus)
        case timedOut, tooLong, closed
    }

    private var output: [UInt8] = []
    private var early: End?
    private var child: Child?
    private var continuation: CheckedContinuation<End, Never>?
    private let deadline = LoopTimer()
    private let loop: EventLoop

    private init(_ loop: EventLoop) { self.loop = loop }

    static func end(
        of command: Command,
        on lines: NetworkLines,
        timeout: Duration
    ) async throws(SpawnError) -> End {
        guard !lines.isClosed else { return .closed }
        let run = ProcessRun(lines.loop)
        run.child = try Child(
            command,
            on: lines.loop,
            onOutput: { run.wrote($0) },
            onExit: { run.ended($0) }
        )
        lines.add(run) { run.stop(.closed) }
        defer { lines.remove(run) }
        return await withCheckedContinuation { continuation in
            run.continuation = continuation
            run.deadline.action = { run.stop(.timedOut) }
            run.loop.arm(run.deadline, after: timeout)
        }
    }

    private func wrote(_ bytes: [UInt8]) {
        guard early == nil else { return }
        output += bytes
        if output.count > CredentialsJSON.bytesMax { stop(.tooLong) }
    }

    private func stop(_ end: End) {
        guard early == nil else { return }
        early = end
        child?.kill()
    }

    private func ended(_ exit: ChildExit) {
        loop.disarm(deadline)
        deadline.action = {}
        child = nil
        continuation?.resume(returning: early ?? .output(output, exit.status))
        continuation = nil
    }
}
