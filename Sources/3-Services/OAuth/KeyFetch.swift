import Bytes
import EventLoop
import HTTPClient
import JOSE
import JSON

/// Why an issuer's keys could not be fetched: for the log, without anything that the issuer sent.
package struct KeyFetchError: Error, Sendable, Equatable, CustomStringConvertible {
    package let description: String

    init(_ description: String) { self.description = description }
}

/// Fetches one issuer's key set, by its metadata where the settings don't say where it is.
///
/// Source: RFC 8414 §3, OpenID Connect Discovery 1.0 §4, RFC 7517 §8.5
struct KeyFetch {
    static let timeout = Duration.seconds(5)

    struct Keys {
        let set: JSONWebKeySet
        /// What the answer's Cache-Control says, in milliseconds.
        let maxAgeMs: Int64?
        let url: FetchURL
    }

    let issuer: JWTSettings.Issuer
    /// The URL of the keys that the metadata gave the last time.
    let knownURL: FetchURL?
    let transport: any HTTPTransport
    let cancellation: Cancellation

    func run() async throws(KeyFetchError) -> Keys {
        if let url = issuer.keySetURL ?? knownURL { return try await keys(at: url) }
        return try await keys(at: discover())
    }

    private func keys(at url: FetchURL) async throws(KeyFetchError) -> Keys {
        let answer = try await get(url, accept: "application/jwk-set+json, application/json")
        let set: JSONWebKeySet
        do throws(JOSEError) {
            set = try JSONWebKeySet(parsing: answer.bytes.span.extracting(answer.body))
        } catch {
            throw KeyFetchError("\(url.text): the answer is not a key set")
        }
        guard !set.keys.isEmpty else { throw KeyFetchError("\(url.text): no key of the set can be used") }
        let maxAge = answer.header("cache-control").flatMap { CacheControl.maxAgeSeconds($0) }
        return Keys(set: set, maxAgeMs: maxAge.map { Int64($0) * 1000 }, url: url)
    }

    private func discover() async throws(KeyFetchError) -> FetchURL {
        var reasons: [String] = []
        for text in Self.metadataURLs(of: issuer.url) {
            guard let url = FetchURL(text) else { continue }
            do throws(KeyFetchError) {
                return try await keySetURL(statedAt: url)
            } catch {
                reasons.append(error.description)
            }
            if cancellation.isCancelled { break }
        }
        throw KeyFetchError(reasons.joined(separator: "; "))
    }

    /// The metadata URLs, in the order in which they are tried. The issuer's path goes after the well-known one, or
    /// before it.
    /// Source: RFC 8414 §3.1 and §5; OpenID Connect Discovery 1.0 §4.1
    static func metadataURLs(of issuer: FetchURL) -> [String] {
        var path = issuer.target[...]
        while path.hasSuffix("/") { path.removeLast() }
        var all = [
            "\(issuer.origin)/.well-known/oauth-authorization-server\(path)",
            "\(issuer.origin)/.well-known/openid-configuration\(path)",
        ]
        if !path.isEmpty { all.append("\(issuer.origin)\(path)/.well-known/openid-configuration") }
        return all
    }

    /// The document must be about this issuer: otherwise an issuer could pass off another's keys as its own.
    private func keySetURL(statedAt url: FetchURL) async throws(KeyFetchError) -> FetchURL {
        let answer = try await get(url, accept: "application/json")
        guard let document = try? JSONValue(parsing: answer.bytes.span.extracting(answer.body), depthMax: 16)
        else {
            throw KeyFetchError("\(url.text): the answer is not JSON")
        }
        guard document["issuer"]?.stringValue?.utf8.elementsEqual(issuer.url.text.utf8) == true else {
            throw KeyFetchError("\(url.text): the document belongs to another issuer")
        }
        guard let text = document["jwks_uri"]?.stringValue, let found = FetchURL(text) else {
            throw KeyFetchError("\(url.text): jwks_uri is missing or not an https URL")
        }
        guard !found.isLoopback || issuer.url.isLoopback else {
            throw KeyFetchError("\(url.text): jwks_uri is an address of the gateway's own machine")
        }
        return found
    }

    /// One answer of status 200 and bounded size. Redirects are not followed.
    private func get(_ url: FetchURL, accept: String) async throws(KeyFetchError) -> ClientResponse {
        guard !cancellation.isCancelled else { throw KeyFetchError("\(url.text): out of time") }
        let answer: ClientResponse
        do throws(HTTPClientError) {
            var request = try OutboundRequest(
                method: "GET",
                endpoint: url.endpoint,
                path: url.target,
                fields: [("Accept", accept)],
                timeout: Self.timeout,
                responseBytesMax: JSONWebKeySet.bytesMax
            )
            request.cancellation = cancellation
            answer = try await transport.send(request)
        } catch {
            throw KeyFetchError(error == .cancelled ? "\(url.text): out of time" : "\(url.text): \(error)")
        }
        guard answer.status == 200 else {
            throw KeyFetchError("\(url.text): answered with status \(answer.status)")
        }
        return answer
    }
}
