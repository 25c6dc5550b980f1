package import AWS
import Bytes
package import Config
import Crypto
import Curl
import SigV4

/// The credentials and endpoints with which functions are invoked: `[aws]` of gateway.toml, then AWS's own sources.
package struct AWSAccess: Sendable {
    package let preparation: FunctionPreparation
    package let credentials: any CredentialsProvider
    /// The network over which STS, containers, instances and programs are asked for credentials.
    package let network: AWSNetwork
    /// The roles that the credentials take for targets and tenants; nil where roles don't matter, as for local
    /// functions.
    package let roles: RoleCredentials?

    package init(
        preparation: FunctionPreparation,
        credentials: any CredentialsProvider,
        network: AWSNetwork = AWSNetwork(),
        roles: RoleCredentials? = nil
    ) {
        self.preparation = preparation
        self.credentials = credentials
        self.network = network
        self.roles = roles
    }

    /// Reads the shared files, and blocks for that. Other sources are asked only when the credentials are first needed.
    /// - Parameters:
    ///   - environment: also the environment of a profile's `credential_process`.
    ///   - notice: called with what an operator should read about the credentials.
    /// - Throws: `AWSAccessError`, which names the wrong file and line; also when a variable that `[aws]` refers to is
    ///   missing. Missing credentials are not an error here: the first call reports them.
    package init(
        config: GatewayConfig.AWS,
        environment: [String: String],
        notice: @escaping @Sendable (CredentialsNotice) -> Void = { _ in }
    ) throws(AWSAccessError) {
        guard config.isComplete else {
            throw AWSAccessError(
                "[aws] refers to a secret that is missing or can't be used here",
                hint: "`mcp-gateway config check` names it"
            )
        }
        var variables = environment
        // The settings already combine the file with the environment, so their values win.
        if let region = config.region { variables["AWS_REGION"] = region }
        if let endpoint = config.endpoint { variables["AWS_ENDPOINT_URL_LAMBDA"] = endpoint }
        // A profile that only AWS_PROFILE names doesn't overrule the environment's keys; one in gateway.toml does.
        let profile = config.profile == variables["AWS_PROFILE"] ? nil : config.profile
        let sources = AWSEnvironment(variables)
        do throws(ProxyVariableError) {
            network = AWSNetwork(proxies: try ProxySettings(environment: environment))
        } catch {
            throw AWSAccessError("\(error)", hint: "set it again, to one line")
        }
        let settings: AWSSettings
        do throws(ProfileError) {
            settings = try AWSSettings(environment: sources, profile: profile)
        } catch {
            throw AWSAccessError(error.description, hint: "correct that file")
        }
        guard let given = config.credentials else {
            let chain = RefreshingCredentials(
                environment: sources,
                profile: profile,
                network: network,
                notice: notice
            )
            credentials = chain
            preparation = FunctionPreparation(settings: settings) { (try? chain.credentials())?.region }
            roles = RoleCredentials(takenBy: chain, settings: settings, network: network, notice: notice)
            return
        }
        preparation = FunctionPreparation(settings: settings)
        let own = StaticCredentials(
            Credentials(
                signing: SigningCredential(
                    accessKeyID: given.accessKeyID.revealedText,
                    secret: given.secretAccessKey,
                    sessionToken: given.sessionToken?.revealedText
                ),
                source: "[aws] of the configuration"
            )
        )
        credentials = own
        roles = RoleCredentials(takenBy: own, settings: settings, network: network, notice: notice)
    }

    /// The local Lambda endpoint of `serve --local`, with the one credential that it accepts.
    /// - Parameters:
    ///   - config: `[local_lambda]`.
    ///   - port: the port where it listens, if the system chose one.
    package init(local config: GatewayConfig.LocalLambda, port: Int? = nil) {
        let address = config.listen.reachable(port: port)
        let environment = AWSEnvironment([
            "AWS_REGION": "us-east-1", "AWS_ENDPOINT_URL_LAMBDA": "http://\(address)",
        ])
        network = AWSNetwork()
        roles = nil
        preparation = FunctionPreparation(
            settings: AWSSettings(environment: environment, profiles: Profiles()),
            isLocal: true
        )
        credentials = StaticCredentials(
            Credentials(
                signing: SigningCredential(
                    accessKeyID: config.accessKeyID.revealedText,
                    secret: config.secretAccessKey
                ),
                source: "[local_lambda] of the configuration"
            )
        )
    }
}

extension AWSAccess {
    /// Stops asking for credentials, and ends the thread that did so.
    package func close() async {
        roles?.stop()
        credentials.stop()
        await network.close()
    }
}

/// Why AWS can't be used with the configuration and the shared files, and what to do next.
package struct AWSAccessError: Error, Equatable, CustomStringConvertible {
    package let message: String
    package let hint: String

    package init(_ message: String, hint: String) {
        self.message = message
        self.hint = hint
    }

    package var description: String { "\(message); \(hint)" }
}

extension ListenAddress {
    /// The address at which a program on this machine reaches the listener.
    package func reachable(port: Int? = nil) -> ListenAddress {
        let host = ["0.0.0.0": "127.0.0.1", "::": "::1"][self.host] ?? self.host
        return ListenAddress(host: host, port: port ?? self.port)
    }
}

/// The functions that the local Lambda runs: those of target files that say how to run them.
package func localFunctionNames(of targets: [TargetFile]) -> Set<String> {
    Set(targets.filter { $0.local != nil }.flatMap { $0.functions.map { $0.name } })
}
