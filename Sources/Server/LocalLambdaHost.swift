import Config
import Control
import Crypto
import EventLoop
import Gateway
import LocalLambda

/// The local Lambda inside `serve --local` and `lambda serve`: its loop, its functions, its address.
final class LocalLambdaHost: Sendable {
    let address: String
    /// How its functions are reached, by name.
    let access: (access: AWSAccess, names: Set<String>)
    private let lambda: LocalLambda
    private let loop: EventLoop

    /// Starts listening. No function's process is started before its first call.
    init(_ config: GatewayConfig, targets: [TargetFile], log: GatewayLog) async throws(StartFailure) {
        let definitions = LocalFunctions.definitions(of: targets)
        var settings = LocalLambda.Configuration()
        settings.host = config.localLambda.listen.host
        settings.port = config.localLambda.listen.port
        let keyID = config.localLambda.accessKeyID.reveal()
        let secret = Crypto.Secret(config.localLambda.secretAccessKey.reveal())
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
        access = (AWSAccess(local: config.localLambda, port: port), Set(definitions.map(\.name)))
        address = "http://\(config.localLambda.listen.reachable(port: port))"
    }

    func replace(with targets: [TargetFile]) async throws(StartFailure) {
        do throws(LocalLambdaError) {
            try await lambda.replaceFunctions(LocalFunctions.definitions(of: targets))
        } catch {
            throw StartFailure("local Lambda: \(error)")
        }
    }

    func stop() async {
        await lambda.stop()
        loop.stop()
        loop.join()
    }
}
