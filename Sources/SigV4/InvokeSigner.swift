package import Bytes
import Crypto

/// What of a target's requests is signed and never changes, rendered once.
package struct SigningTarget: Sendable {
    /// `POST`, path, query and host, as the canonical request begins.
    let head: [UInt8]

    /// - Parameters:
    ///   - method: as in the request line.
    ///   - path: as in the request line, percent-encoded once.
    ///   - query: in canonical form: encoded, and sorted by name.
    ///   - host: as in the `Host` field, with the port if that has one.
    package init(method: StaticString = "POST", path: String, query: String, host: String) {
        var out = ByteBuffer()
        out.append(method)
        out.append("\n")
        out.append(uriEncoding: path.isEmpty ? "/" : path, keepsSlash: true)
        out.append("\n")
        out.append(query)
        out.append("\nhost:")
        out.append(host)
        out.append("\n")
        head = out.bytes
    }
}

/// A field to be signed whose value has been written into the request's head already.
package struct SignedField: Sendable {
    /// Lower-case, starting with `x-amz-`.
    package let name: StaticString
    /// Where the value is in the head, without white space around it or doubled inside.
    package let value: Range<Int>

    package init(_ name: StaticString, _ value: Range<Int>) {
        self.name = name
        self.value = value
    }
}

/// Signs the requests of one credential in one region, thousands a second.
///
/// Not `Sendable`: one per loop. The signing key is derived once a day and the date written once a second; a signature
/// costs the hash of the body, the hash of the canonical request and one HMAC, and no memory of ours once the
/// scratch space has grown.
package final class InvokeSigner {
    private let credential: SigningCredential
    private let region: String
    private let service: String
    private let token: [UInt8]
    private let hasher = SHA256Hasher()

    private var second = -1
    private var stamp = ByteBuffer(capacity: 16)
    private var day: ArraySlice<UInt8> = []
    private var key: HMACKey
    private var scope: [UInt8] = []
    private var credentialPart: [UInt8] = []
    private var scratch = ByteBuffer(capacity: 1024)
    private var names = ByteBuffer(capacity: 128)

    package init(credential: SigningCredential, region: String, service: String = "lambda") {
        self.credential = credential
        self.region = region
        self.service = service
        token = Array((credential.sessionToken ?? "").utf8)
        key = HMACKey([])
    }

    /// Appends the lines `X-Amz-Date`, `X-Amz-Security-Token` (for a temporary credential) and `Authorization`.
    ///
    /// `fields` are further `x-amz-` fields to sign, sorted by name, their values ranges of `head`. `body` is all of it,
    /// as it will be sent.
    package func appendLines(
        for target: SigningTarget,
        fields: [SignedField] = [],
        body: Span<UInt8>,
        at time: SigningTime,
        to head: inout ByteBuffer
    ) {
        advance(to: time)
        head.append("X-Amz-Date: ")
        head.append(contentsOf: stamp.bytes)
        if !token.isEmpty {
            head.append("\r\nX-Amz-Security-Token: ")
            head.append(contentsOf: token)
        }
        writeCanonicalRequest(target, fields, bodyHash: hasher.hash(body), head: head)
        let requestHash = hasher.hash(scratch.bytes.span)
        scratch.removeAll()
        scratch.append(algorithm)
        scratch.append("\n")
        scratch.append(contentsOf: stamp.bytes)
        scratch.append("\n")
        scratch.append(contentsOf: scope)
        scratch.append("\n")
        scratch.append(hex: requestHash)
        let signature = key.authenticate(scratch.bytes.span)
        head.append("\r\nAuthorization: ")
        head.append(contentsOf: credentialPart)
        head.append(contentsOf: names.bytes)
        head.append(", Signature=")
        head.append(hex: signature)
        head.append("\r\n")
    }

    private func writeCanonicalRequest(
        _ target: SigningTarget,
        _ fields: [SignedField],
        bodyHash: SHA256Digest,
        head: ByteBuffer
    ) {
        scratch.removeAll()
        scratch.append(contentsOf: target.head)
        names.removeAll()
        names.append("host")
        var isDateDue = true
        var isTokenDue = !token.isEmpty
        for field in fields {
            if isDateDue, isAfter(field.name, "x-amz-date") {
                add("x-amz-date", stamp.bytes)
                isDateDue = false
            }
            if isTokenDue, isAfter(field.name, "x-amz-security-token") {
                add("x-amz-security-token", token)
                isTokenDue = false
            }
            begin(field.name)
            scratch.append(head.bytes, field.value)
            scratch.append("\n")
        }
        if isDateDue { add("x-amz-date", stamp.bytes) }
        if isTokenDue { add("x-amz-security-token", token) }
        scratch.append("\n")
        scratch.append(contentsOf: names.bytes)
        scratch.append("\n")
        scratch.append(hex: bodyHash)
    }

    private func add(_ name: StaticString, _ value: [UInt8]) {
        begin(name)
        scratch.append(contentsOf: value)
        scratch.append("\n")
    }

    private func begin(_ name: StaticString) {
        names.append(";")
        names.append(name)
        scratch.append(name)
        scratch.append(":")
    }

    /// Writes the date again when the second changed, and derives the key again when the day did.
    private func advance(to time: SigningTime) {
        if time.epochSeconds == second { return }
        second = time.epochSeconds
        stamp.removeAll()
        time.appendStamp(to: &stamp)
        if day.elementsEqual(stamp.bytes[..<8]) { return }
        day = ArraySlice(Array(stamp.bytes[..<8]))
        let scope = Scope(date: String(decoding: day, as: UTF8.self), region: region, service: service)
        key = scope.key(secret: credential.secret)
        self.scope = Array(scope.text.utf8)
        let part = "\(algorithm) Credential=\(credential.accessKeyID)/\(scope.text), SignedHeaders="
        credentialPart = Array(part.utf8)
    }
}

/// Whether `name` sorts after `other`, by bytes.
private func isAfter(_ name: StaticString, _ other: StaticString) -> Bool {
    let count = min(name.utf8CodeUnitCount, other.utf8CodeUnitCount)
    for index in 0..<count {
        let (left, right) = unsafe (name.utf8Start[index], other.utf8Start[index])
        if left != right { return left > right }
    }
    return name.utf8CodeUnitCount > other.utf8CodeUnitCount
}
