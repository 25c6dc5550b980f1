import EventLoop
import HTTPClient
import Synchronization

/// Why a target's function can't be called at all.
package enum PreparationError: Error, Equatable, Sendable, CustomStringConvertible {
    case name(FunctionNameError)
    case endpoint(EndpointError)

    package var description: String {
        switch self {
        case .name(let error): error.description
        case .endpoint(let error): error.description
        }
    }
}

/// Turns a target's settings for its function into a `PreparedFunction`.
///
/// Any thread. Functions with the same endpoint share one `Endpoint` object, so that a call finds its connections
/// without comparing text.
package final class FunctionPreparation: Sendable {
    package let settings: AWSSettings
    private let isLocal: Bool
    private let endpoints: Locked<[String: Endpoint]> = Locked([:])
    private let fallbackRegion: @Sendable () -> Region?

    /// - Parameters:
    ///   - isLocal: whether the functions run on this machine.
    ///   - fallbackRegion: the region of functions for which no setting names one.
    package init(
        settings: AWSSettings,
        isLocal: Bool = false,
        fallbackRegion: @escaping @Sendable () -> Region? = { nil }
    ) {
        self.settings = settings
        self.isLocal = isLocal
        self.fallbackRegion = fallbackRegion
    }

    /// The region of functions for which no setting of their own names one; nil when it isn't known.
    package var defaultRegion: Region? { try? settings.region(fallback: fallbackRegion()) }

    /// A function's region, by the same rules as in `prepare`, at a lower cost.
    /// - Parameter explicit: the target's own region.
    /// - Throws: `.noRegion` when the region isn't known yet; otherwise what is wrong with it.
    package func region(of function: FunctionName, explicit: String?) throws(EndpointError) -> Region {
        try settings.region(explicit: explicit, function: function, fallback: fallbackRegion())
    }

    /// - Parameters:
    ///   - function: a name, `name:qualifier` or an ARN.
    ///   - qualifier: an alias, a version or `$LATEST`.
    ///   - region: the target's own; if nil, the ARN's, the environment's, the profile's or the gateway's.
    ///   - endpoint: the target's own URL; if nil, the environment's, the profile's or the region's host.
    ///   - isStreaming: whether answers can be taken as they come.
    /// - Returns: the function for `LambdaClient.invoke`.
    /// - Throws: which of these values is wrong, and why.
    package func prepare(
        function: String,
        qualifier: String? = nil,
        region: String? = nil,
        endpoint: String? = nil,
        isStreaming: Bool = false
    ) throws(PreparationError) -> PreparedFunction {
        let name = try naming { () throws(FunctionNameError) in try FunctionName(function) }
        let settings = settings
        let place = Result { () throws(EndpointError) in
            let found = try settings.region(explicit: region, function: name, fallback: fallbackRegion())
            return (found, shared(try settings.endpoint(of: .lambda, explicit: endpoint, region: found)))
        }
        switch place {
        case .failure(let error): throw .endpoint(error)
        case .success(let (region, endpoint)):
            return try naming { () throws(FunctionNameError) in
                try PreparedFunction(
                    name,
                    qualifier: qualifier,
                    region: region,
                    endpoint: endpoint,
                    isLocal: isLocal,
                    isStreaming: isStreaming
                )
            }
        }
    }

    private func naming<Value>(
        _ body: () throws(FunctionNameError) -> Value
    ) throws(PreparationError) -> Value {
        do throws(FunctionNameError) { return try body() } catch { throw .name(error) }
    }

    private func shared(_ endpoint: Endpoint) -> Endpoint {
        endpoints.withLock { endpoints in
            if let known = endpoints[endpoint.description] { return known }
            endpoints[endpoint.description] = endpoint
            return endpoint
        }
    }
}
