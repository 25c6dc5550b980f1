// AdminCLI: the command line. Each verb is a value that is parsed whole before anything runs.
//
//   Depends on   AdminAPI (what verbs ask for), Curl (servers elsewhere), Store and Config (this machine), Control
//   Used by      the mcp-gateway executable, which passes the server in
//   Start at     AdminCLI.run(_:environment:serve:lambdaServe:), then DerivedCommand, then <Noun>/<NounVerb>.swift
//
//   Admin/       the admin API for verbs: in this process on the store, or on a server elsewhere
//   Connect/     configurations for MCP clients
//   Context/     the choice of the server: --url, --context, the environment, the current context
//   Arguments/   parsing of options and operands, usage, help
//   Output/      streams, tables, JSON, colours, text that is safe to show
//   Completion/  candidates for a shell's completion
//   Manual/      the help of all commands, as a manual page and as docs/cli.md
//   Target/ Tool/ Tenant/ Key/ …   the verbs that aren't derived, one a file
//
// A verb sends a request to an operation of the admin API and shows the answer's JSON, as it is or as a table. Most
// verbs are derived from their operations, which define their words. Only verbs about this machine are local: serve,
// lambda serve, call, config, doctor, admin-token, context, backup, version.

package import Config
import Glibc
import Store

/// The command line: finds the verb, runs it, and turns what it throws into an exit status.
package enum AdminCLI {
    /// Runs the server until it is told to stop; returns its exit status. The flag is `--local`.
    package typealias Serve = @Sendable (LoadedConfig, _ local: Bool) -> Int32
    /// Runs the local Lambda endpoint alone; returns its exit status.
    package typealias LambdaServe = @Sendable (LoadedConfig) -> Int32

    /// Every verb, in the order of the help.
    static let commands: [CommandEntry] =
        // `calls` alone is a command too, so the longer ones must be found first.
        [CommandEntry(ServeCommand.self), CommandEntry(TargetNew.self), CommandEntry(CallsVerify.self)]
        + CommandEntry.ofAdminAPI(own: ownVerbs)
        + [
            CommandEntry(AdminTokenIssue.self), CommandEntry(AdminTokenList.self),
            CommandEntry(AdminTokenRevoke.self), CommandEntry(ContextAdd.self),
            CommandEntry(ContextUse.self), CommandEntry(ContextList.self), CommandEntry(ContextShow.self),
            CommandEntry(ContextRemove.self), CommandEntry(CallCommand.self),
            CommandEntry(ConnectCommand.self),
            // The longer one must be found first.
            CommandEntry(BackupCheck.self), CommandEntry(BackupCommand.self),
            CommandEntry(ReloadCommand.self), CommandEntry(ConfigCheck.self),
            CommandEntry(ConfigShow.self), CommandEntry(DoctorCommand.self),
            CommandEntry(LambdaServeCommand.self), CommandEntry(CompletionCommand.self),
            CommandEntry(ManualCommand.self),
            CommandEntry(VersionCommand.self),
        ]

    /// The verbs of the admin API that are not derived but have files of their own.
    private static let ownVerbs: [any Command.Type] = [
        StatusCommand.self, TargetList.self, TargetRefresh.self, TargetTest.self, TargetDiscover.self,
        TargetLogs.self,
        ToolList.self, ToolShow.self, ToolImpactCommand.self, ToolApprove.self,
        ToolAlias.self, TenantCreate.self,
        TenantUpdate.self, KeyIssue.self, KeyRotate.self, LimitSet.self, LimitRemove.self,
        CallsReceipt.self, CallsCommand.self, UsageCommand.self, AuditList.self, AuditVerify.self,
    ]

    /// Runs one command line on this process's own streams. Blocks; network verbs run a loop on the calling thread.
    /// - Parameters:
    ///   - arguments: without the program's name.
    ///   - environment: the process's own.
    ///   - serve: what `serve` runs.
    ///   - lambdaServe: what `lambda serve` runs.
    /// - Returns: 0 done, 1 refused or failed, 64 misused; for the serving verbs, the server's exit status.
    package static func run(
        _ arguments: [String],
        environment: [String: String],
        serve: @escaping Serve,
        lambdaServe: @escaping LambdaServe
    ) -> Int32 {
        // The write to a closed pipe fails instead of killing the process.
        _ = signal(SIGPIPE, SIG_IGN)
        return run(
            arguments,
            Session(
                environment: environment,
                out: TextStream(descriptor: 1, environment: environment),
                err: TextStream(descriptor: 2, environment: environment),
                serve: serve,
                lambdaServe: lambdaServe
            )
        )
    }

    static func run(_ arguments: [String], _ session: Session) -> Int32 {
        if arguments.first == Completion.verb { return Completion.run(Array(arguments.dropFirst()), session) }
        switch CommandRequest(arguments) {
        case .help(let page):
            session.out.write(Help(on: session.out).text(page))
            return session.out.isBroken ? 1 : 0
        case .misuse(let misuse):
            session.err.write(Help(on: session.err).text(misuse))
            return 64
        case .command(let command, let words):
            return run(command, words, session)
        }
    }

    private static func run(_ command: CommandEntry, _ words: [String], _ session: Session) -> Int32 {
        do {
            let parsed = try ParsedWords(words, command.usage)
            if parsed.wantsHelp {
                session.out.write(Help(on: session.out).text(for: command.usage))
                return 0
            }
            let verb = try command.parse(parsed)
            let status = try verb.run(try session.with(parsed))
            return status == 0 && session.out.isBroken ? 1 : status
        } catch let error as UsageError {
            return misused(error, command.usage, session)
        } catch let words as RefusedWords {
            return misused(words.usageError(command.usage), command.usage, session)
        } catch let error as StoreError where error.kind == .invalid {
            return misused(UsageError(safe(error.description)), command.usage, session)
        } catch let faults as ConfigFaults {
            session.err.write(
                "the configuration is faulty:\n"
                    + faults.faults.map { "  \(safe($0.description))\n" }.joined()
            )
            return 1
        } catch {
            session.err.write("mcp-gateway: \(safe("\(error)"))\n")
            return 1
        }
    }
}

extension AdminCLI {
    private static func misused(_ error: UsageError, _ usage: Usage, _ session: Session) -> Int32 {
        session.err.write(Help(on: session.err).misuse(error, usage))
        return 64
    }
}

/// One verb with a file of its own.
protocol Command: RunnableCommand {
    static var usage: Usage { get }
    /// Takes its options and operands from the words; nothing has run yet.
    /// - Throws: `UsageError`, for exit status 64.
    init(_ words: ParsedWords) throws
}

/// A command line that has been parsed whole.
protocol RunnableCommand: Sendable {
    /// - Returns: the exit status.
    /// - Throws: what stopped it, for exit status 1; the text is for the operator.
    func run(_ session: Session) throws -> Int32
}

/// A verb that could not do what it was asked; the text is for the operator.
struct CommandFailure: Error, CustomStringConvertible {
    let description: String
    /// The status of a server's refusal.
    let status: Int?

    init(_ message: String, hint: String = "", status: Int? = nil) {
        description = hint.isEmpty ? message : "\(message); \(hint)"
        self.status = status
    }
}
