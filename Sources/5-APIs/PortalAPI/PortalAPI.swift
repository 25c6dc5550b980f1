// PortalAPI: the tenants' API, /portal/v1: the targets they can ask for, their own subscriptions, limits and usage.
//
//   Depends on   REST (operations, problems, pages), Store (subscriptions, usage), Policy (who may use what), RateLimit
//   Used by      Server, over HTTP on the agents' listener
//   Start at     PortalAPI.answer(_:as:), PortalCaller, then <Nouns>/<Nouns>.swift
//
// The tenant is never a parameter: every query is for the tenant of the caller's credential.

package import Control
import EventLoop
package import JSON
package import REST
package import Store

/// The tenants' API over one store. Any executor; requests may run at once.
package struct PortalAPI: Sendable {
    /// The path of the API on a server.
    package static let root = "/portal/v1"
    /// The most bytes of a request's body; the longest that makes sense is a request with 100 patterns.
    package static let bodyBytesMax = 64 * 1024

    private let router: Router<PortalCaller>
    private let version: String

    /// - Parameters:
    ///   - store: the store that is read and changed.
    ///   - records: the source of recorded calls; nil when no calls are recorded.
    ///   - version: the gateway's version, for the description.
    ///   - nowMs: milliseconds since 1970.
    ///   - onFailure: called for the store's failures, with the request's id; a tenant doesn't see their details.
    package init(
        store: Store::Store,
        records: (any CallSource)? = nil,
        version: String,
        nowMs: @escaping @Sendable () -> Int64 = WallClock.nowMs,
        onFailure: @escaping @Sendable (StoreError, _ requestID: String?) -> Void
    ) {
        self.version = version
        router = Router(
            Self.operations,
            Services(
                store: store,
                records: records,
                places: PlaceSeal(secret: store.sessionSecret),
                nowMs: nowMs,
                onFailure: onFailure
            )
        )
    }

    /// Answers one request. A failure of any kind is a problem in the answer.
    package func answer(_ request: APIRequest, as caller: PortalCaller) async -> APIReply {
        await router.answer(request, as: caller)
    }

    /// The description of the API: OpenAPI 3.1, the same for everybody.
    package var openAPI: JSONValue {
        OpenAPIDocument(
            title: "mcp-gateway portal API",
            version: version,
            summary:
                "What a tenant can ask for and how it stands: targets and tools, its subscriptions, limits, calls and usage. "
                + "Titles and descriptions are the targets' words: show them as text, never as markup.",
            root: Self.root,
            credential: "a key of the tenant's, `mgw_…`, or an access token, as for agents"
        ).json(router)
    }

    /// Validates a reply against its OpenAPI schema; returns the mismatches. Tests only.
    package func faults(of reply: APIReply, to request: APIRequest) -> [Problem.Fault] {
        router.faults(of: reply, to: request)
    }

    private static let operations: [any AnyOperation<Services>] =
        Me.all + Targets.all + Tools.all + Subscriptions.all + Limits.all + Calls.all + Usage.all
}

/// The services that the operations use.
struct Services: Serving {
    typealias Caller = PortalCaller

    let store: Store::Store
    /// nil where no calls are recorded.
    let records: (any CallSource)?
    /// Seals the places at which lists of calls continue.
    let places: PlaceSeal
    let nowMs: @Sendable () -> Int64
    let onFailure: @Sendable (StoreError, String?) -> Void
}

/// An operation of this API.
typealias PortalOperation<A: Arguments, Output: Form> = Operation<Services, A, Output>

/// A request to an operation of this API.
typealias PortalCall<A: Arguments> = OperationCall<Services, A>
