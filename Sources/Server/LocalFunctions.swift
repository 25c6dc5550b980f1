package import AWS
package import Config
package import LocalLambda
import SigV4

/// The functions of this machine: which target files describe one, and where they are invoked.
package struct LocalFunctions: Sendable {
    /// The function names that run here.
    package let names: Set<String>
    /// Prepares requests to the local endpoint.
    package let preparation: FunctionPreparation

    /// - Parameter port: where the local Lambda listens.
    package init(_ definitions: [FunctionDefinition], host: String, port: Int, region: String) {
        names = Set(definitions.map(\.name))
        let address = host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        let environment = AWSEnvironment([
            "AWS_REGION": region, "AWS_ENDPOINT_URL_LAMBDA": "http://\(address)",
        ])
        preparation = FunctionPreparation(settings: AWSSettings(environment: environment, profiles: Profiles()))
    }

    /// What the local Lambda runs: one function per target file that says how.
    package static func definitions(of targets: [TargetFile]) -> [FunctionDefinition] {
        targets.compactMap { target in
            guard let local = target.local else { return nil }
            let name = (try? FunctionName(target.function))?.name ?? target.function
            return FunctionDefinition(
                name: name,
                command: local.command,
                handler: local.handler,
                environment: local.environment,
                memoryMB: local.memoryMB,
                timeoutSeconds: local.timeoutSeconds,
                concurrency: local.concurrency,
                directory: target.folder,
                description: target.description ?? ""
            )
        }
    }
}
