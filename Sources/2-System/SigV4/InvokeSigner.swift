package import Bytes
package import Calendar
import Crypto

/// The signed parts of a target's requests that never change, rendered once.
package struct SigningTarget: Sendable {
    /// The beginning of the canonical request: method, path, query and host.
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
    /// The value's place in the head: without white space around it, and none doubled inside.
    package let value: Range<Int>

    package init(_ name: StaticString, _ value: Range<Int>) {
        self.name = name
        self.value = value
    }
}

/// Signs the requests of one credential in one region, thousands a second.
///
/// Not `Sendable`: one per loop. The signing key is derived once a day; everything that depends on the second alone
/// is written once a second. A signature costs the hash of the body, the hash of the canonical request and one HMAC,
/// and no allocation of ours once the scratch space has grown.
package final class InvokeSigner {
    private let credential: SigningCredential
    private let region: String
    private let service: String
    private let token: [UInt8]

    private var second = -1
    private var stamp = ByteBuffer(capacity: 16)
    private var day: [UInt8] = []
    private var key = HMACKey([])
    private var scope = ""
    /// The lines to append, up to the names of the signed fields.
    private var lines = ByteBuffer()
    /// The lines up to the signature, for a request that signs only host, date and token.
    private var plainLines = ByteBuffer()
    /// The canonical request between host and body hash, for such a request.
    private var middle = ByteBuffer()
    /// The string to sign, up to the hash.
    private var signedHead = ByteBuffer()
    private var scratch = ByteBuffer(capacity: 1024)

    /// - Throws: when a part of the credential, or the region, would split the heads that it is written into.
    package init(
        credential: SigningCredential,
        region: String,
        service: String = "lambda"
    ) throws(SigningCredentialError) {
        try credential.check()
        guard (region + service).utf8.allSatisfy({ 0x21...0x7E ~= $0 }) else {
            throw SigningCredentialError(part: "the region")
        }
        self.credential = credential
        self.region = region
        self.service = service
        token = Array((credential.sessionToken ?? "").utf8)
    }

    /// Appends the lines `X-Amz-Date`, `X-Amz-Security-Token` (for a temporary credential) and `Authorization`.
    ///
    /// `fields` are further `x-amz-` fields to sign, sorted by name, their values ranges of `head`. `body` is the
    /// whole body, as it will be sent.
    package func appendLines(
        for target: SigningTarget,
        fields: [SignedField] = [],
        body: Span<UInt8>,
        at time: UTCTime,
        to head: inout ByteBuffer
    ) {
        if time.epochSeconds != second { advance(to: time) }
        let bodyHash = SHA256.hash(body)
        // The scratch space is used as a local, which spares a check of exclusive access at every append.
        var out = ByteBuffer()
        swap(&out, &scratch)
        out.removeAll()
        var names = ByteBuffer()
        let (middle, signedHead) = (middle, signedHead)
        if fields.isEmpty {
            out.append(atMost: target.head.count + middle.count + 64) { out in
                out.append(target.head.span)
                out.append(middle.bytes.span)
                out.append(hex: bodyHash)
            }
        } else {
            head.append(contentsOf: lines.bytes)
            names = ByteBuffer(capacity: 128)
            names.append("host" as StaticString)
            out.append(contentsOf: target.head)
            append(fields, of: head, to: &out, names: &names)
            names.append(", Signature=" as StaticString)
            out.append(hex: bodyHash)
        }
        let requestHash = SHA256.hash(out.bytes.span)
        out.removeAll()
        out.append(atMost: signedHead.count + 64) { out in
            out.append(signedHead.bytes.span)
            out.append(hex: requestHash)
        }
        let signature = key.authenticate(out.bytes.span)
        swap(&out, &scratch)
        let before = fields.isEmpty ? plainLines : names
        head.append(atMost: before.count + 66) { head in
            head.append(before.bytes.span)
            head.append(hex: signature)
            head.append("\r\n")
        }
    }

    /// Writes the canonical request from after the host to before the body's hash.
    private func append(
        _ fields: [SignedField],
        of head: ByteBuffer,
        to out: inout ByteBuffer,
        names: inout ByteBuffer
    ) {
        var isDateDue = true
        var isTokenDue = !token.isEmpty
        for field in fields {
            if isDateDue, isAfter(field.name, dateName) {
                append(dateName, stamp.bytes, 0..<stamp.count, to: &out, names: &names)
                isDateDue = false
            }
            if isTokenDue, isAfter(field.name, tokenName) {
                append(tokenName, token, token.indices, to: &out, names: &names)
                isTokenDue = false
            }
            append(field.name, head.bytes, field.value, to: &out, names: &names)
        }
        if isDateDue { append(dateName, stamp.bytes, 0..<stamp.count, to: &out, names: &names) }
        if isTokenDue { append(tokenName, token, token.indices, to: &out, names: &names) }
        out.append("\n" as StaticString)
        out.append(contentsOf: names.bytes)
        out.append("\n" as StaticString)
    }

    private func append(
        _ name: StaticString,
        _ bytes: [UInt8],
        _ value: Range<Int>,
        to out: inout ByteBuffer,
        names: inout ByteBuffer
    ) {
        names.append(";" as StaticString)
        names.append(name)
        out.append(name)
        out.append(":" as StaticString)
        out.append(bytes, value)
        out.append("\n" as StaticString)
    }

    /// Writes the parts that depend on the second, and derives the key again when the day changed.
    private func advance(to time: UTCTime) {
        second = time.epochSeconds
        stamp.removeAll()
        time.appendStamp(to: &stamp)
        if !day.elementsEqual(stamp.bytes[..<8]) {
            day = Array(stamp.bytes[..<8])
            let scope = Scope(date: String(decoding: day, as: UTF8.self), region: region, service: service)
            key = scope.key(secret: credential.secret)
            self.scope = scope.text
        }
        // Locals, because each use of a property would be checked for overlapping access.
        var (lines, middle, names) = (
            ByteBuffer(capacity: 256), ByteBuffer(capacity: 256), ByteBuffer(capacity: 128)
        )
        lines.append("X-Amz-Date: ")
        lines.append(contentsOf: stamp.bytes)
        if !token.isEmpty {
            lines.append("\r\nX-Amz-Security-Token: ")
            lines.append(contentsOf: token)
        }
        lines.append(
            "\r\nAuthorization: \(algorithm) Credential=\(credential.accessKeyID)/\(scope), SignedHeaders="
        )
        signedHead = ByteBuffer("\(algorithm)\n\(stamp.text)\n\(scope)\n")
        names.append("host" as StaticString)
        append([], of: lines, to: &middle, names: &names)
        var plainLines = lines
        plainLines.append(contentsOf: names.bytes)
        plainLines.append(", Signature=")
        (self.lines, self.middle, self.plainLines) = (lines, middle, plainLines)
    }
}

private let dateName: StaticString = "x-amz-date"
private let tokenName: StaticString = "x-amz-security-token"

/// Whether `name` sorts after `other`, by bytes.
private func isAfter(_ name: StaticString, _ other: StaticString) -> Bool {
    let count = min(name.utf8CodeUnitCount, other.utf8CodeUnitCount)
    for index in 0..<count {
        let (left, right) = unsafe (name.utf8Start[index], other.utf8Start[index])
        if left != right { return left > right }
    }
    return name.utf8CodeUnitCount > other.utf8CodeUnitCount
}
