import HTTPClient
import Text

/// The endpoint of which a container requests its role's keys: ECS's own address, or the URL that EKS Pod Identity and
/// others set.
///
/// Source: AWS SDKs and Tools Reference Guide, "Container credential provider"
struct ContainerEndpoint: Sendable, Equatable {
    let endpoint: Endpoint
    /// The path, with the query.
    let path: String
    /// A file whose content is sent as `Authorization`; it is read for every request.
    let tokenFile: String?
    /// Whether `AWS_CONTAINER_AUTHORIZATION_TOKEN` is set; its value is sent as `Authorization` if there is no file.
    let hasTokenVariable: Bool

    static let ecsHost = "169.254.170.2"
    /// Hosts that may be asked without TLS, in addition to loopback addresses.
    static let plainHosts: Set = [ecsHost, "169.254.170.23", "fd00:ec2::23", "localhost"]

    /// `nil` when no variable sets an endpoint.
    /// - Throws: why the URL may not be asked.
    init?(_ environment: AWSEnvironment) throws(ContainerEndpointError) {
        tokenFile = environment["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"]
        hasTokenVariable = environment["AWS_CONTAINER_AUTHORIZATION_TOKEN"] != nil
        if let path = environment["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"] {
            guard path.hasPrefix("/"), HeadText.isVisible(path) else {
                throw ContainerEndpointError(
                    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI is \(quoted(path)), not a path that begins with /"
                )
            }
            endpoint = Endpoint(scheme: .http, host: Self.ecsHost)
            self.path = path
            return
        }
        guard let url = environment["AWS_CONTAINER_CREDENTIALS_FULL_URI"] else { return nil }
        let name = "AWS_CONTAINER_CREDENTIALS_FULL_URI"
        guard url.hasPrefix("http://") || url.hasPrefix("https://") else {
            let fault = url.contains("://") ? "is neither http nor https" : "URI did not specify a host"
            throw ContainerEndpointError("\(name) is \(quoted(url)): \(fault)")
        }
        let afterScheme = url.utf8.firstIndex(of: UInt8(ascii: "/")).map { url.utf8.index($0, offsetBy: 2) }
        let rest = url[(afterScheme ?? url.startIndex)...]
        let end = rest.firstIndex { $0 == "/" || $0 == "?" } ?? rest.endIndex
        guard let endpoint = Endpoint(url: String(url[..<end])), HeadText.isVisible(url) else {
            throw ContainerEndpointError("\(name) is not a URL of the form http[s]://host[:port]/path")
        }
        guard endpoint.scheme == .https || Self.mayBePlain(endpoint.host) else {
            throw ContainerEndpointError(
                "\(name) names the host \(quoted(endpoint.host)): without TLS only this machine and the addresses of ECS "
                    + "and EKS are asked"
            )
        }
        self.endpoint = endpoint
        let path = rest[end...]
        self.path = path.hasPrefix("/") ? String(path) : "/\(path)"
    }

    private static func mayBePlain(_ host: String) -> Bool {
        plainHosts.contains(host) || SocketAddress(literal: host, port: 0).map { mayConnect($0) } ?? false
    }

    /// Whether a request without TLS may connect to that address, whatever host name resolved to it.
    @Sendable
    static func mayConnect(_ address: SocketAddress) -> Bool {
        let host = address.text
        return host == "::1" || host.hasPrefix("127.") || plainHosts.contains(host)
    }

    var url: String { "\(endpoint)\(path)" }
}

/// Why the settings name no usable container endpoint.
struct ContainerEndpointError: Error, Equatable {
    let reason: String

    init(_ reason: String) { self.reason = reason }
}
