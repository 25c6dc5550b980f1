// AdminAPI: the operators' API, /admin/v1: operations over Control and Store. The CLI's verbs use the same operations.
//
//   Depends on   REST (operations, problems, pages), Control and Store (the work), Policy and RateLimit (decisions),
//                Config (defaults)
//   Used by      Server, over HTTP; AdminCLI, in process on an opened store
//   Start at     AdminAPI.operations, then <Noun>/<Noun>s.swift
//
//   Targets/ Tools/ Tenants/ Keys/ …   one folder for each noun: its operations with their commands, and its JSON forms

package import Config
package import Control
import EventLoop
package import JSON
package import REST
package import Store

/// The operator's API over one store. Any executor; requests may run at once.
package struct AdminAPI: Sendable {
    /// The path of the API on a server.
    package static let root = "/admin/v1"

    private let router: Router<AdminCaller>

    /// - Parameters:
    ///   - store: the store that is read and changed.
    ///   - defaults: the values that the declaration of a target leaves out.
    ///   - inquiry: asks targets for their tools.
    ///   - records: the source of recorded calls; nil when no calls are recorded.
    ///   - server: what only the running server around this API knows; nil in a command's own process.
    ///   - nowMs: milliseconds since 1970.
    package init(
        store: Store::Store,
        defaults: GatewayConfig.Defaults,
        inquiry: any CatalogInquiry,
        records: (any CallSource)? = nil,
        server: ServerPorts? = nil,
        nowMs: @escaping @Sendable () -> Int64 = WallClock.nowMs
    ) {
        let services = Services(
            store: store,
            defaults: defaults,
            inquiry: inquiry,
            records: records,
            server: server,
            nowMs: nowMs
        )
        router = Router(Self.operations, services)
    }

    /// Answers one request. A failure of any kind is a problem in the answer.
    package func answer(_ request: APIRequest, as caller: AdminCaller) async -> APIReply {
        await router.answer(request, as: caller)
    }

    /// The description of the API: OpenAPI 3.1, the same for everybody.
    package var openAPI: JSONValue {
        OpenAPIDocument(
            title: "mcp-gateway admin API",
            version: gatewayVersion,
            summary:
                "Targets, tools, tenants, keys, permissions, subscriptions, limits, usage and the audit log. "
                + "The same nouns, verbs and JSON as the command line's.",
            root: Self.root,
            credential: "an admin token, `mgwa_…`, from `mcp-gateway admin-token issue`"
        ).json(router)
    }

    /// Validates a reply against its OpenAPI schema; returns the mismatches. Tests only.
    package func faults(of reply: APIReply, to request: APIRequest) -> [Problem.Fault] {
        router.faults(of: reply, to: request)
    }

    /// All operations, in the order of their commands in the help.
    static let operations: [any AnyOperation<Services>] =
        Statuses.all + Targets.all + Tools.all + Prompts.all + Resources.all + Tenants.all + Keys.all
        + Permissions.all + Subscriptions.all
        + Limits.all + Calls.all + Usages.all + Audits.all + Reloads.all + Examinations.all + Discoveries.all
}

/// The services that the operations use.
package struct Services: Serving {
    package typealias Caller = AdminCaller

    let store: Store::Store
    let defaults: GatewayConfig.Defaults
    let inquiry: any CatalogInquiry
    /// nil where no calls are recorded.
    let records: (any CallSource)?
    /// nil in a command's own process.
    let server: ServerPorts?
    let nowMs: @Sendable () -> Int64
}

extension AdminAPI {
    /// The commands of the command line that use this API, in the order of the help.
    package static var commands: [VerbCommand] { operations.flatMap { $0.commands } }
}
