import Bytes
import Config
import Control
import Crypto
import EventLoop
import Gateway
import HTTPServer
import LocalLambda

/// The local Lambda inside `serve --local` and `lambda serve`: its loop, its functions, its address.
final class LocalLambdaHost: Sendable {
    let address: String
    /// Host and port, as it is reached from this machine.
    let listener: String
    /// How its functions are reached.
    let route: LocalRoute
    private let lambda: LocalLambda
    private let loop: EventLoop

    /// Starts listening. No function's process is started before its first call.
    /// - Parameter buffers: what its connections share with the process's others.
    init(
        _ config: GatewayConfig,
        targets: [TargetFile],
        buffers: BufferBudget,
        log: GatewayLog
    ) async throws(StartFailure) {
        let definitions = LocalFunctions.definitions(of: targets)
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
            log.write(.debug, line.text, [("function", line.function)])
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
    }

    /// Runs the functions of these target files from now on.
    ///
    /// Functions that are gone stay local, where nothing answers, until `forgetOthers(than:)`: calls of targets that
    /// are still in force must not go to functions of the same name in AWS.
    func replace(with targets: [TargetFile]) async throws(StartFailure) {
        let definitions = LocalFunctions.definitions(of: targets)
        do throws(LocalLambdaError) {
            try await lambda.replaceFunctions(definitions)
        } catch {
            throw StartFailure("local Lambda: \(error)")
        }
        route.add(Set(definitions.map(\.name)))
    }

    /// To be called once the targets of functions that are gone are out of force.
    /// - Parameter others: functions that stay local although nothing answers for them: what their target says of how
    ///   they run can't be read.
    func forgetOthers(than targets: [TargetFile], and others: Set<String>) {
        route.replace(with: Set(LocalFunctions.definitions(of: targets).map(\.name)).union(others))
    }

    func stop() async {
        await lambda.stop()
        loop.stop()
        loop.join()
    }
}
