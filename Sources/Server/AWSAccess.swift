package import AWS
package import Config
import Crypto
import SigV4
package import TLS

/// What the configuration and the environment say about reaching AWS.
package enum AWSAccess {
    /// Keys given in gateway.toml win; else the environment's, else the shared files'.
    package static func credentials(
        _ config: GatewayConfig.AWS,
        environment: [String: String]
    ) -> any CredentialsProvider {
        if let given = config.credentials {
            let credential = SigningCredential(
                accessKeyID: given.accessKeyID.reveal(),
                secret: Crypto.Secret(given.secretAccessKey.reveal()),
                sessionToken: given.sessionToken?.reveal()
            )
            return StaticCredentials(Credentials(signing: credential, source: "gateway.toml"))
        }
        return CredentialsChain(environment: AWSEnvironment(environment), profile: config.profile)
    }

    /// Region and endpoint of gateway.toml take the place of the environment's.
    package static func preparation(
        _ config: GatewayConfig.AWS,
        environment: [String: String]
    ) throws(StartFailure) -> FunctionPreparation {
        var environment = environment
        if let region = config.region { environment["AWS_REGION"] = region }
        if let endpoint = config.endpoint { environment["AWS_ENDPOINT_URL_LAMBDA"] = endpoint }
        do throws(ProfileError) {
            return FunctionPreparation(
                settings: try AWSSettings(environment: AWSEnvironment(environment), profile: config.profile)
            )
        } catch {
            throw StartFailure("\(error)")
        }
    }

    /// The system's certificate authorities.
    package static func clientTLS() throws(StartFailure) -> TLSContext {
        do throws(TLSError) {
            return try .client()
        } catch {
            throw StartFailure("the system's certificate authorities cannot be loaded: \(error.message)")
        }
    }
}
