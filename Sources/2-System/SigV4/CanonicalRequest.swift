package import Bytes
import Crypto

/// The parts of a request that are signed, in the canonical spelling that both ends compute.
///
/// Cold path: it builds strings and sorts them. Source: "Create a canonical request", Signature Version 4
package struct CanonicalRequest: Sendable {
    /// One header field as it is on the wire. The name's case and the white space around the value don't matter.
    package struct Field: Sendable, Equatable {
        package let name: String
        package let value: String

        package init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    package enum PathForm: Sendable {
        /// The path of the request line is encoded once more: every service but S3.
        case encodedAgain
        /// The path of the request line is signed as it is: S3.
        case asSent
    }

    /// `host;x-amz-date`: the names of the signed fields, sorted.
    package let signedNames: String
    /// The whole canonical request.
    package let text: String

    /// Path and query are given as in the request line, each without the `?`. `fields` are those to be signed; values of
    /// the same name are joined in their order. `normalizesPath` resolves `.`, `..` and empty segments first, as every
    /// service but S3 does.
    package init(
        method: String,
        path: String,
        query: String,
        fields: [Field],
        bodyHash: String,
        pathForm: PathForm = .encodedAgain,
        normalizesPath: Bool = true
    ) {
        var out = ByteBuffer(capacity: 512)
        out.append(method)
        out.append("\n")
        let path = normalizesPath ? normalized(path) : (path.isEmpty ? "/" : path)
        switch pathForm {
        case .encodedAgain: out.append(uriEncoding: path, keepsSlash: true)
        case .asSent: out.append(path)
        }
        out.append("\n")
        out.append(canonicalQuery(query))
        out.append("\n")
        let canonical = canonicalFields(fields)
        for field in canonical {
            out.append(field.name)
            out.append(":")
            out.append(field.value)
            out.append("\n")
        }
        out.append("\n")
        signedNames = canonical.map { $0.name }.joined(separator: ";")
        out.append(signedNames)
        out.append("\n")
        out.append(bodyHash)
        text = out.text
    }

    package var hash: Digest { SHA256.hash(text) }
}

/// Lower-case names in order, each once, values trimmed and with single spaces inside.
private func canonicalFields(_ fields: [CanonicalRequest.Field]) -> [CanonicalRequest.Field] {
    var values: [String: String] = [:]
    for field in fields {
        let name = field.name.lowercased()
        let words = field.value.utf8.split { $0 == 0x20 || 0x09...0x0d ~= $0 }
        let value = words.map { String(Substring($0)) }.joined(separator: " ")
        if let earlier = values[name] { values[name] = earlier + "," + value } else { values[name] = value }
    }
    return values.map { CanonicalRequest.Field($0.key, $0.value) }.sorted { isBefore($0.name, $1.name) }
}

/// The query's pairs decoded, encoded again in the canonical way, and sorted by name, then value.
private func canonicalQuery(_ query: String) -> String {
    let pairs = query.utf8.split(separator: UInt8(ascii: "&")).map { part in
        let halves = part.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
        return halves.map { half in
            var out = ByteBuffer()
            out.append(uriEncoding: uriDecoded(Array(half).span).span)
            return out.text
        }
    }
    let named = pairs.map { (name: $0.first ?? "", value: $0.count > 1 ? $0[1] : "") }
    let sorted = named.sorted {
        $0.name == $1.name ? isBefore($0.value, $1.value) : isBefore($0.name, $1.name)
    }
    return sorted.map { $0.name + "=" + $0.value }.joined(separator: "&")
}

/// The path without `.`, `..` and empty segments; a trailing slash stays. Source: RFC 3986 §5.2.4
private func normalized(_ path: String) -> String {
    var kept: [Substring.UTF8View] = []
    let segments = path.utf8.split(separator: UInt8(ascii: "/"))
    for segment in segments {
        if segment.elementsEqual(".".utf8) { continue }
        if segment.elementsEqual("..".utf8) { _ = kept.popLast() } else { kept.append(segment) }
    }
    let endsInSegment = path.utf8.last != UInt8(ascii: "/") && segments.last.map(isDots) == false
    let body = kept.map { String(Substring($0)) }.joined(separator: "/")
    if body.isEmpty { return "/" }
    return "/" + body + (endsInSegment ? "" : "/")
}

private func isDots(_ segment: Substring.UTF8View) -> Bool {
    segment.elementsEqual(".".utf8) || segment.elementsEqual("..".utf8)
}

/// By bytes: the order of text in Swift is Unicode's, the signature's is ASCII's.
func isBefore(_ left: String, _ right: String) -> Bool { left.utf8.lexicographicallyPrecedes(right.utf8) }
