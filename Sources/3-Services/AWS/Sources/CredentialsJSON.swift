import Bytes
import Calendar
import Crypto
import JSON
import SigV4
import Text

/// Reads a key pair from a JSON answer, and checks every value before it is used.
enum CredentialsJSON {
    /// What is wrong with the answer; quotes none of it.
    struct Fault: Error, Equatable {
        let reason: String

        init(_ reason: String) { self.reason = reason }
    }

    static let bytesMax = 64 << 10

    /// Parses bytes that must be one JSON object.
    static func object(_ bytes: Span<UInt8>) throws(Fault) -> JSONValue {
        guard bytes.count <= bytesMax else { throw Fault("it is longer than \(bytesMax) bytes") }
        let value: JSONValue
        do throws(JSONError) {
            value = try JSONValue(parsing: bytes, depthMax: 16)
        } catch {
            throw Fault(bytes.count == 0 ? "it is empty" : "it is not JSON")
        }
        guard value.objectValue != nil else { throw Fault("it is not an object") }
        return value
    }

    /// The key pair in an object that has these members.
    static func credentials(
        _ object: JSONValue,
        tokenName: String,
        source: String,
        isTemporary: Bool
    ) throws(Fault) -> Credentials {
        for name in ["AccessKeyId", "SecretAccessKey", tokenName, "Expiration"] {
            let value = object[name]
            guard value == nil || value?.isNull == true || value?.stringValue != nil else {
                throw Fault("\(name) is not a string")
            }
        }
        return try credentials(
            id: object["AccessKeyId"]?.stringValue,
            secret: object["SecretAccessKey"]?.stringValue,
            token: object[tokenName]?.stringValue,
            expiration: object["Expiration"]?.stringValue,
            source: source,
            isTemporary: isTemporary
        )
    }

    /// - Parameter isTemporary: whether a session token and an expiration are required.
    static func credentials(
        id: String?,
        secret: String?,
        token: String?,
        expiration: String?,
        source: String,
        isTemporary: Bool
    ) throws(Fault) -> Credentials {
        func checked(_ value: String?, _ name: String, bytesMax: Int) throws(Fault) -> String? {
            guard let value, !value.isEmpty else { return nil }
            guard value.utf8.count <= bytesMax, value.utf8.allSatisfy({ 0x21...0x7E ~= $0 }) else {
                throw Fault("\(name) is not valid")
            }
            return value
        }
        guard let id = try checked(id, "the access key id", bytesMax: 128) else {
            throw Fault("it has no access key id")
        }
        guard let secret = try checked(secret, "the secret key", bytesMax: 1_024) else {
            throw Fault("it has no secret key")
        }
        let token = try checked(token, "the session token", bytesMax: 32 << 10)
        if isTemporary, token == nil { throw Fault("it has no session token") }
        var end: UTCTime?
        if let expiration, !expiration.isEmpty {
            guard let time = UTCTime(awsText: expiration) else { throw Fault("its expiration is not a date") }
            end = time
        } else if isTemporary {
            throw Fault("it has no expiration")
        }
        return Credentials(
            signing: SigningCredential(accessKeyID: id, secret: Secret(secret), sessionToken: token),
            source: source,
            expiration: end
        )
    }
}
