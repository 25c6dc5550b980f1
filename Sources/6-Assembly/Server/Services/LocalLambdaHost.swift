import AWS
import AdminAPI
import Bytes
import Config
import Control
import Crypto
import EventLoop
import Gateway
import HTTPServer
import LocalLambda
import Store
import Synchronization

/// The local Lambda inside `serve --local` and `lambda serve`: its loop, its functions, its address.
final class LocalLambdaHost: Sendable {
    let address: String
    /// Host and port at which this machine reaches it.
    let listener: String
    /// How its functions are reached.
    let route: LocalRoute
    private let lambda: LocalLambda
    private let loop: EventLoop
    private let terminal: FunctionTerminal
    private let owners: FunctionOwners
    private let watch = Locked<LoopBound<TargetWatch>?>(nil)

    /// Starts listening. A function's process starts with its first call.
    /// - Parameter buffers: the memory bound that its connections share with the process's others.
    init(
        _ config: GatewayConfig,
        targets: [TargetFile],
        buffers: BufferBudget,
        terminal: FunctionTerminal
    ) async throws(StartFailure) {
        let definitions = LocalFunctions.definitions(of: targets)
        let owners = FunctionOwners(targets)
        self.owners = owners
        self.terminal = terminal
        var settings = LocalLambda.Configuration()
        settings.host = config.localLambda.listen.host
        settings.port = config.localLambda.listen.port
        settings.buffers = buffers
        settings.searchPath = TargetFile.Local.searchPath
        let keyID = config.localLambda.accessKeyID.revealedText
        let secret = config.localLambda.secretAccessKey
        settings.credentials = [keyID: secret]
        do throws(LoopError) {
            loop = try EventLoop(name: "lambda")
            try loop.start()
        } catch {
            throw StartFailure("event loop: \(error)")
        }
        lambda = LocalLambda(functions: definitions, configuration: settings, loop: loop) { line in
            terminal.show(line, of: owners.target(of: line.function))
        }
        let port: Int
        do throws(LocalLambdaError) {
            port = try await lambda.start()
        } catch {
            loop.stop()
            loop.join()
            throw StartFailure("local Lambda: \(error)")
        }
        let access = AWSAccess(local: config.localLambda, port: port)
        route = LocalRoute(access: access, names: Set(definitions.map(\.name)))
        listener = config.localLambda.listen.reachable(port: port).description
        address = "http://\(listener)"
        if config.localLambda.watch { await startWatch(config.targets.directory) }
    }

    /// From now on runs the functions of these target files.
    ///
    /// Functions that are gone stay local, without an answer, until `forgetOthers(than:)`: calls of targets that are
    /// still in force must not go to functions of the same name in AWS.
    func replace(with targets: [TargetFile]) async throws(StartFailure) {
        let definitions = LocalFunctions.definitions(of: targets)
        owners.replace(with: targets)
        do throws(LocalLambdaError) {
            try await lambda.replaceFunctions(definitions)
        } catch {
            throw StartFailure("local Lambda: \(error)")
        }
        route.add(Set(definitions.map(\.name)))
    }

    /// To be called once the targets of removed functions are out of force.
    /// - Parameter others: functions that stay local without an answer, because the part of their target's file that
    ///   says how they run can't be read.
    func forgetOthers(than targets: [TargetFile], and others: Set<String>) {
        route.replace(with: Set(LocalFunctions.definitions(of: targets).map(\.name)).union(others))
    }

    /// Gives all functions new processes, as their code may have changed.
    func renew() async {
        let lambda = lambda
        try? await loop.run { lambda.renew() }  // it doesn't throw
    }

    /// Gives `taker` the changes in the targets' folder since the start, and all later ones. Does nothing where the
    /// system can't watch folders.
    func handChanges(to taker: @escaping @Sendable (TargetChanges) -> Void) async {
        await watch.withLock({ $0 })?.run { $0.hand(to: taker) }
    }

    private func startWatch(_ folder: String) async {
        let (lambda, loop, terminal) = (lambda, loop, terminal)
        do throws(LoopError) {
            let made = try await LoopBound.make(on: loop) { () throws(LoopError) in
                try TargetWatch(folder, lambda: lambda, loop: loop) { path, obstacle in
                    let target = path.split(separator: "/").first.map { String($0) }
                    let place = path.isEmpty ? folder : path
                    terminal.say(WatchRules.words(for: obstacle, below: place), of: target, isFault: true)
                }
            }
            watch.withLock { $0 = made }
            await lambda.beforeEachCall { made.value.look() }
        } catch {
            terminal.say(
                "changed files can't be noticed (\(error)); `mcp-gateway reload` takes them over",
                of: nil,
                isFault: true
            )
        }
    }

    /// Stops handing on changes.
    func stopWatching() async {
        guard let made = watch.withLock({ exchange(&$0, with: nil) }) else { return }
        await lambda.beforeEachCall {}
        await made.run { $0.stop() }
    }

    func stop() async {
        await stopWatching()
        await lambda.stop()
        loop.stop()
        loop.join()
    }
}

extension LocalLambdaHost: FunctionLogs {
    func log(of target: TargetRecord, after number: Int, countMax: Int) async -> FunctionLogPage? {
        let spec = target.spec
        // The functions of one target share one log.
        let function = spec.functions.first ?? ""
        let name = (try? FunctionName(function))?.name ?? function
        guard spec.endpoint == nil, route.runs(name),
            let page = await lambda.log(of: name, after: number, countMax: countMax)
        else { return nil }
        return FunctionLogPage(
            lines: page.lines.map { entry in
                FunctionLogPage.Line(
                    atMs: entry.line.atMs,
                    stream: entry.line.stream,
                    requestID: entry.line.requestID,
                    isPlatforms: entry.line.isPlatforms,
                    text: entry.line.text
                )
            },
            last: page.last,
            skipped: page.skipped
        )
    }
}

/// The target that each function runs for. Any thread.
private final class FunctionOwners: Sendable {
    private let targets: Locked<[String: String]>

    init(_ files: [TargetFile]) { targets = Locked(LocalFunctions.owners(of: files)) }

    func replace(with files: [TargetFile]) { targets.withLock { $0 = LocalFunctions.owners(of: files) } }

    /// The target of a function; for a function without one, the function's own name.
    func target(of function: String) -> String { targets.withLock { $0[function] } ?? function }
}
