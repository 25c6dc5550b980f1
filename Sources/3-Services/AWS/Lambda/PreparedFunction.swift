import Bytes
package import HTTPClient
import SigV4

/// A function with everything about its requests that never changes: where they go and how they begin.
///
/// Made once per target, shared by all loops.
package final class PreparedFunction: Sendable {
    package let name: FunctionName
    package let region: Region
    package let endpoint: Endpoint
    /// Whether it runs on this machine: what it writes is the operator's own then, and may stand in an error's text.
    package let isLocal: Bool
    /// Request line and `Host`, up to the value of `Content-Length`.
    let head: ByteBuffer
    let signingTarget: SigningTarget

    /// - Parameters:
    ///   - name: with its qualifier, if that is part of it.
    ///   - qualifier: an alias, a version or `$LATEST`; `nil` for the one in the name, or none.
    ///   - region: where the function is: the scope of the signature.
    ///   - endpoint: share one among the functions that it serves, so that their connections are found faster.
    ///   - isLocal: whether it runs on this machine.
    /// - Throws: when the qualifier is malformed, or isn't the name's; when the endpoint can't stand in a request's head.
    package init(
        _ name: FunctionName,
        qualifier: String? = nil,
        region: Region,
        endpoint: Endpoint,
        isLocal: Bool = false
    ) throws(FunctionNameError) {
        if let qualifier {
            guard isQualifier(qualifier) else {
                throw FunctionNameError(
                    name.text,
                    "the qualifier '\(qualifier)' is neither an alias, nor a version, nor $LATEST"
                )
            }
            if let inName = name.qualifier, inName != qualifier {
                throw FunctionNameError(
                    name.text,
                    "it has the qualifier '\(inName)', but '\(qualifier)' is asked for: leave one of them out"
                )
            }
        }
        guard endpoint.isSendable else { throw FunctionNameError(name.text, HeadText.endpointFault) }
        self.name = name
        self.region = region
        self.endpoint = endpoint
        self.isLocal = isLocal
        var query = ByteBuffer()
        if let qualifier {
            query.append("Qualifier=")
            query.append(uriEncoding: qualifier)
        }
        let path = endpoint.pathPrefix + name.invocationPath
        signingTarget = SigningTarget(path: path, query: query.text, host: endpoint.hostField)
        let target = query.count == 0 ? path : path + "?" + query.text
        head = ByteBuffer(
            "POST \(target) HTTP/1.1\r\nHost: \(endpoint.hostField)\r\nUser-Agent: mcp-gateway\r\nContent-Length: "
        )
    }
}
