import Crypto
package import JSON

/// One public key of an issuer, fit to check signatures with.
///
/// Immutable and usable from every thread at once. Source: RFC 7517 §4, RFC 7518 §6, RFC 8037 §2
package struct JSONWebKey: Sendable {
    /// Why a key of a set is passed over.
    package enum Fault: String, Error, Sendable, Equatable {
        /// A member is missing, of the wrong type or not strict base64url.
        case malformed
        /// A kind of key that no allowed algorithm uses, among them every symmetric one.
        case kind
        /// `use`, `key_ops` or `alg` say that the key isn't for checking these signatures.
        case purpose
        /// The private part is published: anyone may sign with it.
        case isPrivate
        /// An RSA modulus or exponent outside the bounds, or from a broken generator.
        case weak
        /// The library refuses it, for instance because the point isn't on its curve.
        case invalid
    }

    /// `kid`
    package let id: String?
    package let kind: KeyKind
    /// The only algorithm that the key may be used with, when it names one.
    package let algorithm: SignatureAlgorithm?
    let material: KeyMaterial

    /// Reads one member of a set's `keys`.
    package init(_ value: JSONValue) throws(Fault) {
        guard let members = value.objectValue else { throw .malformed }
        id = try Self.optionalText("kid", of: members)
        try Self.checkPurpose(members)
        guard let type = members["kty"]?.stringValue else { throw .malformed }
        let kind = try Self.kind(type, members)
        algorithm = try Self.optionalText("alg", of: members).map { name throws(Fault) in
            guard let algorithm = SignatureAlgorithm(rawValue: name), algorithm.keyKind == kind else {
                throw .purpose
            }
            return algorithm
        }
        for name in ["d", "p", "q", "dp", "dq", "qi", "oth", "k"] where members[name] != nil {
            throw .isPrivate
        }
        self.kind = kind
        switch kind {
        case .rsa: material = try Self.rsa(members)
        case .p256: material = try Self.ellipticCurve(members, .p256, coordinateBytes: 32)
        case .p384: material = try Self.ellipticCurve(members, .p384, coordinateBytes: 48)
        case .ed25519:
            let point = try Self.bytes("x", of: members)
            guard point.count == 32 else { throw .malformed }
            material = try KeyMaterial(ed25519: point)
        }
    }

    /// Whether the key may check that algorithm's signatures.
    package func fits(_ wanted: SignatureAlgorithm) -> Bool {
        kind == wanted.keyKind && (algorithm == nil || algorithm == wanted)
    }

    private static func kind(_ type: String, _ members: JSONObject) throws(Fault) -> KeyKind {
        switch (type, members["crv"]?.stringValue) {
        case ("RSA", nil): .rsa
        case ("EC", "P-256"): .p256
        case ("EC", "P-384"): .p384
        case ("OKP", "Ed25519"): .ed25519
        default: throw .kind
        }
    }

    /// Source: RFC 7517 §4.2, §4.3
    private static func checkPurpose(_ members: JSONObject) throws(Fault) {
        if let use = members["use"] {
            guard let word = use.stringValue else { throw .malformed }
            guard word == "sig" else { throw .purpose }
        }
        if let operations = members["key_ops"] {
            guard let words = operations.arrayValue else { throw .malformed }
            guard words.contains(.string("verify")) else { throw .purpose }
        }
    }

    private static func rsa(_ members: JSONObject) throws(Fault) -> KeyMaterial {
        let modulus = try bytes("n", of: members)
        let exponent = try bytes("e", of: members)
        guard RSAStrength.isSound(modulus: modulus, exponent: exponent) else { throw .weak }
        return try KeyMaterial(modulus: modulus, exponent: exponent)
    }

    private static func ellipticCurve(
        _ members: JSONObject,
        _ kind: KeyKind,
        coordinateBytes: Int
    ) throws(Fault) -> KeyMaterial {
        let x = try bytes("x", of: members)
        let y = try bytes("y", of: members)
        // Coordinates have full length, with leading zeroes. Source: RFC 7518 §6.2.1.2
        guard x.count == coordinateBytes, y.count == coordinateBytes else { throw .malformed }
        return try KeyMaterial(kind, x: x, y: y)
    }

    private static func bytes(_ name: String, of members: JSONObject) throws(Fault) -> [UInt8] {
        guard let text = members[name]?.stringValue, !text.isEmpty, let bytes = Base64.url.decode(text) else {
            throw .malformed
        }
        return bytes
    }

    private static func optionalText(_ name: String, of members: JSONObject) throws(Fault) -> String? {
        guard let value = members[name] else { return nil }
        guard let text = value.stringValue, text.utf8.count <= CompactJWS.keyIDBytesMax else {
            throw .malformed
        }
        return text
    }
}
