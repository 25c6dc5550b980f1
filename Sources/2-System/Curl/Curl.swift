// Curl: libcurl's multi interface on our event loop; implements the same port as the hot path's own client.
//
//   Depends on   CCurl, EventLoop, HTTPClient (the port and its values), HTTP, Bytes
//   Used by      Server, AdminCLI: Invoke when a proxy is configured, and every other outbound request
//   Start at     CurlClient.send(_:), ProxySettings.proxy(for:)

import CCurl

/// libcurl's own version line with what matters here, for a health report:
/// `libcurl 7.88.1, OpenSSL/3.0.22, resolver: threads, HTTPS proxy: yes`.
package func curlDescription() -> String {
    guard let info = shim_curl_version_info()?.pointee else { return "libcurl, version unknown" }
    let version = info.version.map { String(cString: $0) } ?? "unknown"
    let tls = info.ssl_version.map { String(cString: $0) } ?? "no TLS"
    let features = UInt32(bitPattern: info.features)
    let resolver = features & UInt32(CURL_VERSION_ASYNCHDNS) != 0 ? "threads" : "blocking"
    let proxy = features & UInt32(CURL_VERSION_HTTPS_PROXY) != 0 ? "yes" : "no"
    return "libcurl \(version), \(tls), resolver: \(resolver), HTTPS proxy: \(proxy)"
}
