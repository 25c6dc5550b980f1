import Bytes
package import HTTPClient
import SigV4

/// A function with the parts of its requests that never change: endpoint, head and signing target.
///
/// Created once per target, shared by all loops.
package final class PreparedFunction: Sendable {
    package let name: FunctionName
    package let region: Region
    package let endpoint: Endpoint
    /// Whether the function runs on this machine: its log is the operator's own then, and may be quoted in an error.
    package let isLocal: Bool
    let invoke: Operation
    /// The operation whose answer is taken as it comes; nil for a function that doesn't stream.
    let invokeWithResponseStream: Operation?

    /// What the requests of one operation have in common. A class, so that a request doesn't copy it.
    final class Operation: Sendable {
        /// Request line and `Host`, up to the value of `Content-Length`.
        let head: ByteBuffer
        let signingTarget: SigningTarget

        init(head: ByteBuffer, signingTarget: SigningTarget) {
            self.head = head
            self.signingTarget = signingTarget
        }
    }

    /// - Parameters:
    ///   - name: the function's name, which may include a qualifier.
    ///   - qualifier: an alias, a version or `$LATEST`; `nil` to use the one in the name, or none.
    ///   - region: the function's region, which is part of the signature's scope.
    ///   - endpoint: the same object for all functions with this endpoint, so that their connections are found faster.
    ///   - isLocal: whether the function runs on this machine.
    ///   - isStreaming: whether its answers can be taken as they come.
    /// - Throws: when the qualifier is malformed or differs from the name's, or when the endpoint has characters that
    ///   a request's head can't hold.
    package init(
        _ name: FunctionName,
        qualifier: String? = nil,
        region: Region,
        endpoint: Endpoint,
        isLocal: Bool = false,
        isStreaming: Bool = false
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
        func operation(_ path: String) -> Operation {
            let path = endpoint.pathPrefix + path
            let target = query.count == 0 ? path : path + "?" + query.text
            return Operation(
                head: ByteBuffer(
                    "POST \(target) HTTP/1.1\r\nHost: \(endpoint.hostField)\r\nUser-Agent: mcp-gateway\r\nContent-Length: "
                ),
                signingTarget: SigningTarget(path: path, query: query.text, host: endpoint.hostField)
            )
        }
        invoke = operation(name.invocationPath)
        invokeWithResponseStream = isStreaming ? operation(name.streamingPath) : nil
    }
}
