import AWS
import Bytes
package import Config

/// Reads the values that gateway.toml keeps at AWS.
package enum KeptValues {
    /// - Parameter environment: gives, with `[aws]`, AWS's endpoints and the gateway's own credentials.
    package static func reader(environment: [String: String]) -> KeptValueReader {
        { config, values in
            func all(_ reason: String) -> [KeptValue: Result<Secret, KeptValueError>] {
                Dictionary(values.map { ($0, .failure(KeptValueError(reason))) }) { first, _ in first }
            }
            var config = config
            // `[aws]` may be incomplete because its own secrets are among the values to read.
            config.isComplete = true
            let access: AWSAccess
            do throws(AWSAccessError) {
                access = try AWSAccess(config: config, environment: environment)
            } catch {
                return all(error.description)
            }
            let client = ValueClient(
                settings: access.preparation.settings,
                credentials: access.credentials,
                network: access.network
            )
            let found = client.read(values.map { AWSValue($0) })
            Task.detached { await access.close() }
            return Dictionary(values.map { ($0, outcome(found[AWSValue($0)])) }) { first, _ in first }
        }
    }

    private static func outcome(
        _ found: Result<Secret, AWSValueError>?
    ) -> Result<Secret, KeptValueError> {
        switch found {
        case .success(let secret)?: .success(secret)
        case .failure(let error)?: .failure(KeptValueError(error.reason))
        case nil: .failure(KeptValueError("it wasn't read"))
        }
    }
}

extension AWSValue {
    fileprivate init(_ value: KeptValue) {
        let place: Place =
            switch value.place {
            case .secretsManager: .secretsManager
            case .parameterStore: .parameterStore
            }
        self.init(place, name: value.name, member: value.member)
    }
}
