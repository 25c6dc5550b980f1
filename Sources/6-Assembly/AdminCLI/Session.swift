import Config
import Control
import Curl
import EventLoop
import HTTPClient
import JSON
import Store
import Synchronization
import System

/// The context of a verb: environment, streams, and the values of the common options.
struct Session: Sendable {
    /// The reader of the answer.
    enum Format: Sendable {
        /// People.
        case table
        /// Programs.
        case json
    }

    let environment: [String: String]
    let out: TextStream
    let err: TextStream
    let serve: AdminCLI.Serve
    let lambdaServe: AdminCLI.LambdaServe
    /// Milliseconds since 1970.
    let nowMs: @Sendable () -> Int64
    private(set) var configFile: String?
    /// The server to work on; nil for this machine.
    private(set) var server: ServerChoice?
    /// PEM with the only authorities to trust for https; nil for the system's.
    private(set) var caFile: String?
    private(set) var form = AnswerForm.table
    /// How long a server elsewhere may take to answer; nil for the limit that suits the request.
    private(set) var waitingMax: Duration?
    /// The usage of the running verb, which describes its answer.
    private var usage: Usage?

    var format: Format { form.isForPeople ? .table : .json }

    /// The name of the server to work on, for people; nil for this machine.
    var url: String? { server?.description }

    init(
        environment: [String: String],
        out: TextStream,
        err: TextStream,
        serve: @escaping AdminCLI.Serve,
        lambdaServe: @escaping AdminCLI.LambdaServe,
        nowMs: @escaping @Sendable () -> Int64 = WallClock.nowMs
    ) {
        self.environment = environment
        self.out = out
        self.err = err
        self.serve = serve
        self.lambdaServe = lambdaServe
        self.nowMs = nowMs
    }

    /// This session with the values of these words.
    /// - Throws: `UsageError`, or why a context can't be read.
    func with(_ words: ParsedWords) throws -> Session {
        var session = self
        session.configFile = words.option(.config)
        if words.usage.reach != .thisMachine {
            // `call` has an option --url of its own, for another kind of URL.
            if words.usage.reach == .adminAPI, let url = words.option(.url), Endpoint(url: url) == nil {
                throw UsageError("--url is not a URL of the form https://host[:port]")
            }
            session.server = try ServerChoice.make(words, environment)
            session.caFile = session.server?.caFile ?? words.option(.ca)
        }
        session.usage = words.usage
        if words.usage.hasAnswer, let word = words.option(.output) {
            session.form = try words.usage.answerForm(word)
        }
        return session
    }

    /// This session, with a limit on waiting and without messages.
    func quiet(waitingMax: Duration) -> Session {
        var session = Session(
            environment: environment,
            out: out,
            err: TextStream(isTerminal: false, columns: nil) { _ in true },
            serve: serve,
            lambdaServe: lambdaServe,
            nowMs: nowMs
        )
        session.waitingMax = waitingMax
        return session
    }

    /// Reads the settings that a verb uses. Faults of other settings in the file are noted on stderr.
    /// - Throws: `ConfigFaults`.
    func loadConfig(needing needs: ConfigNeeds) throws -> LoadedConfig {
        let loaded = try GatewayConfig.load(
            file: configFile,
            environment: environment,
            needing: needs,
            keptValues: KeptValues.reader(environment: environment)
        )
        for fault in loaded.setAside where !fault.isReference {
            err.write("note: \(safe(fault.description)); this command doesn't use it\n")
        }
        return loaded
    }

    /// The sections that work on the store needs.
    static let storeSections: Set<String> = ["store", "defaults", "targets"]

    /// Opens the configuration's store, runs `body` with it, and closes it.
    ///
    /// - Parameters:
    ///   - access: whether a missing store is created; only for verbs that can begin with an empty store.
    ///   - needs: the settings that are used.
    func withStore<T>(
        _ access: Store::Store.Access = .existing,
        needing needs: ConfigNeeds = .only(storeSections),
        _ body: (Store::Store, GatewayConfig) throws -> T
    ) throws -> T {
        let config = try loadConfig(needing: needs).config
        let store = try openStore(config, access, clock: nowMs)
        defer { store.close() }
        return try body(store, config)
    }

    /// The actor that the audit log names for a change on this machine.
    var actor: Actor { .cli(user: UserName.own) }

    /// Prints the answer in the requested form.
    func answer(_ json: JSONValue, text: @autoclosure () -> String) {
        guard let usage, !form.isForPeople else { return out.write(text()) }
        out.write(usage.text(of: json, form))
    }

    /// Prints a table: with `-o wide` all of it, otherwise at most as wide as the terminal.
    /// - Parameter table: made only when it is shown.
    func answer(_ json: JSONValue, _ table: @autoclosure () -> Table, ifEmpty hint: String) {
        let isWide = form == .wide
        func text(_ table: Table) -> String {
            table.text(width: isWide ? nil : out.columns, style: out.style, isWide: isWide)
        }
        guard format == .table else { return answer(json, text: text(table())) }
        let shown = table()
        if shown.isEmpty {
            err.write(hint + "\n")
        } else {
            answer(json, text: text(shown))
        }
    }

    /// Runs `body` on an event loop, which runs on the calling thread meanwhile.
    func withLoop<T: Sendable>(_ body: @escaping @Sendable (EventLoop) async throws -> T) throws -> T {
        let loop = try EventLoop(name: "command")
        let outcome = Locked<Result<T, any Error>?>(nil)
        Task.detached(executorPreference: loop) {
            let result: Result<T, any Error>
            do { result = .success(try await body(loop)) } catch { result = .failure(error) }
            outcome.withLock { $0 = result }
            loop.stop()
        }
        loop.run()
        guard let result = outcome.withLock({ $0 }) else {
            throw CommandFailure("the command was interrupted")
        }
        return try result.get()
    }

    /// Runs `body` on an event loop with a transport, which is closed with the loop.
    func withNetwork<T: Sendable>(
        _ body: @escaping @Sendable (EventLoop, OutboundTransport) async throws -> T
    ) throws -> T {
        try withLoop { loop in
            let transport = try makeTransport(loop, try ProxySettings(environment: environment))
            defer { transport.close() }
            return try await body(loop, transport)
        }
    }

    /// On the loop's thread; the transport must be closed there too.
    func makeTransport(_ loop: EventLoop, _ proxies: ProxySettings) throws -> OutboundTransport {
        do throws(HTTPClientError) {
            return try OutboundTransport(
                loop: loop,
                proxies: proxies,
                trust: caFile.map { .authorities(file: $0) } ?? .system,
                environment: environment
            )
        } catch {
            guard case .tls(_, let reason) = error else { throw error }
            throw CommandFailure(reason, hint: caFile == nil ? "" : "--ca takes a PEM file of certificates")
        }
    }

    /// Where functions of target files run; nil when all are in AWS. The address comes from a server of this machine
    /// that runs on the store, if there is one, as the settings may leave the port to the system.
    /// - Parameter isAsked: whether `--local` is given.
    func localLambda(_ store: Store::Store, _ config: GatewayConfig, isAsked: Bool) throws -> ListenAddress? {
        let places = try store.readBlocking { reading throws(StoreError) in try reading.serverPlaces() }
        let running = places.filter { ServerProcess.runsHere($0) }
        if let address = running.compactMap({ $0.localLambda }).first.flatMap({ ListenAddress($0) }) {
            guard config.localLambda.isComplete else {
                throw CommandFailure(
                    "the server runs functions here, and a variable that [local_lambda] refers to is missing",
                    hint: "`mcp-gateway config check` names it"
                )
            }
            return address
        }
        return isAsked ? config.localLambda.listen : nil
    }

    /// The source that asks functions for their tools; functions of target files are asked at `local` if it isn't nil.
    func makeSource(
        _ config: GatewayConfig,
        _ loop: EventLoop,
        _ transport: OutboundTransport,
        local: ListenAddress?
    ) throws(AWSAccessError) -> LambdaToolSource {
        let files =
            local == nil ? [] : TargetFolder.load(config.targets.directory, environment: environment).targets
        var settings = config.localLambda
        if let local { settings.listen = local }
        return LambdaToolSource(
            loop: loop,
            transport: transport,
            access: try AWSAccess(config: config.aws, environment: environment),
            local: local == nil
                ? nil : LocalRoute(access: AWSAccess(local: settings), names: localFunctionNames(of: files))
        )
    }
}
