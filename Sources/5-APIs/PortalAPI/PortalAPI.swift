// PortalAPI: the tenant's own API, /portal/v1: what there is to ask for, own subscriptions, limits and usage.
//
//   Depends on   REST (operations, problems, pages), Store (subscriptions, usage), Policy (who may use what), RateLimit
//   Used by      Server, over HTTP on the agents' listener
//   Start at     PortalAPI.answer(_:as:), PortalCaller, then <Nouns>/<Nouns>.swift
//
// Whose things are shown is never a parameter: it's the tenant of the caller's credential, in every query.

package import Control
import EventLoop
package import JSON
package import REST
package import Store

/// The tenants' API over one store. Any executor; requests may run at once.
package struct PortalAPI: Sendable {
    /// Where a server has it.
    package static let root = "/portal/v1"
    /// Of a request's body; the longest that makes sense is a request with 100 patterns.
    package static let bodyBytesMax = 64 * 1024

    private let router: Router<PortalCaller>
    private let version: String

    /// - Parameters:
    ///   - store: what is read and changed.
    ///   - records: where recorded calls are found; nil where none are.
    ///   - version: the gateway's, for the description.
    ///   - nowMs: milliseconds since 1970.
    ///   - onFailure: told of the store's failures, with the request's id; a tenant isn't told their details.
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

    /// In what an answer differs from what the description says of it; for tests.
    package func faults(of reply: APIReply, to request: APIRequest) -> [Problem.Fault] {
        router.faults(of: reply, to: request)
    }

    private static let operations: [any AnyOperation<Services>] =
        Me.all + Targets.all + Tools.all + Subscriptions.all + Limits.all + Calls.all + Usage.all
}

/// What the operations work with.
struct Services: Serving {
    typealias Caller = PortalCaller

    let store: Store::Store
    /// nil where no calls are recorded.
    let records: (any CallSource)?
    /// For where lists of calls go on.
    let places: PlaceSeal
    let nowMs: @Sendable () -> Int64
    let onFailure: @Sendable (StoreError, String?) -> Void
}

/// An operation of this API.
typealias PortalOperation<A: Arguments, Output: Form> = Operation<Services, A, Output>

/// A request to an operation of this API.
typealias PortalCall<A: Arguments> = OperationCall<Services, A>
