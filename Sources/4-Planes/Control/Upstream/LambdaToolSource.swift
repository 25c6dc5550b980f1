import AWS
package import Bytes
package import Calendar
package import EventLoop
package import HTTPClient
import Policy
import SigV4
package import Store
import Text

/// Invokes functions through the Lambda Invoke API. Any thread may call; the work is done on one loop.
package final class LambdaToolSource: ToolSource {
    /// Endpoint and signer for one destination: AWS, or this machine.
    private struct Route: Sendable {
        let preparation: FunctionPreparation
        let client: LoopBound<LambdaClient>
        let credentials: any CredentialsProvider
        /// nil for functions on this machine, where roles don't matter.
        let roles: RoleCredentials?
        /// Whether the functions run on this machine. Then errors may show what a function wrote: the terminal shows it
        /// too.
        let isLocal: Bool
    }

    private let transport: LoopBound<any HTTPTransport>
    private let clock: @Sendable () -> UTCTime
    private let aws: Route
    private let local: Route?
    private let localRoute: LocalRoute?

    /// On the loop.
    /// - Parameters:
    ///   - loop: the loop on which requests are made.
    ///   - transport: a transport of the same loop.
    ///   - access: the access to functions in AWS.
    ///   - local: the functions that run on this machine. A target with its own endpoint is reached there instead.
    ///   - clock: the wall clock, read once a call.
    package init(
        loop: EventLoop,
        transport: any HTTPTransport,
        access: AWSAccess,
        local: LocalRoute? = nil,
        clock: @escaping @Sendable () -> UTCTime = WallClock.now
    ) {
        func route(_ access: AWSAccess, isLocal: Bool) -> Route {
            let client = LambdaClient(
                transport: transport,
                credentials: access.credentials,
                loop: loop,
                clock: clock
            )
            return Route(
                preparation: access.preparation,
                client: LoopBound(client, on: loop),
                credentials: access.credentials,
                roles: isLocal ? nil : access.roles,
                isLocal: isLocal
            )
        }
        self.clock = clock
        self.transport = LoopBound(transport, on: loop)
        aws = route(access, isLocal: false)
        self.local = local.map { route($0.access, isLocal: true) }
        localRoute = local
    }

    package func invoke(
        _ target: TargetSpec,
        payload: ByteBuffer,
        timeout: Duration
    ) async throws(ToolSourceError) -> ToolSourceAnswer {
        var options = InvokeOptions()
        options.timeout = timeout
        let answer = try await call(target, payload, options)
        return ToolSourceAnswer(bytes: answer.response.bytes, payload: answer.payload)
    }

    /// The most functions of one target that `check` asks about.
    private static let functionsMax = 100

    /// Asks Lambda whether the target's functions exist and may be invoked; they don't run.
    /// - Throws: the error of the first function that doesn't or may not.
    package func check(_ target: TargetSpec, timeout: Duration) async throws(ToolSourceError) {
        var options = InvokeOptions()
        options.timeout = timeout
        options.invocationType = .dryRun
        for function in target.functions.prefix(Self.functionsMax) {
            var asked = target
            asked.function = function
            _ = try await call(asked, ByteBuffer("{}"), options)
        }
    }

    /// The endpoint that requests for the target are sent to.
    package func endpoint(of target: TargetSpec) throws(ToolSourceError) -> Endpoint {
        let target = Self.withFunction(target)
        return try prepare(target, route(target)).endpoint
    }

    /// The target, with the first of its tools' functions if it has no function of its own.
    private static func withFunction(_ target: TargetSpec) -> TargetSpec {
        guard target.function.isEmpty else { return target }
        var target = target
        target.function = target.functions.first ?? ""
        return target
    }

    /// How far the endpoint's clock is ahead of ours, in seconds; `nil` when its answer has no date.
    /// - Throws: when it doesn't answer at all.
    package func clockOffset(of endpoint: Endpoint, timeout: Duration) async throws(ToolSourceError) -> Int? {
        do throws(HTTPClientError) {
            let date = try await transport.run { transport throws(HTTPClientError) -> String? in
                let request = try OutboundRequest(
                    method: "GET",
                    endpoint: endpoint,
                    path: "/",
                    timeout: timeout,
                    responseBytesMax: 1 << 20
                )
                return try await transport.send(request).header("date")
            }
            let time = date.flatMap { UTCTime(httpDate: $0.utf8.span) }
            return time.map { $0.epochSeconds - WallClock.now().epochSeconds }
        } catch {
            throw ToolSourceError(error.description)
        }
    }

    /// Whether the target's function runs on this machine.
    package func runsHere(_ target: TargetSpec) -> Bool { route(Self.withFunction(target)).isLocal }

    private func route(_ target: TargetSpec) -> Route {
        guard let local, let localRoute, target.endpoint == nil else { return aws }
        let name = (try? FunctionName(target.function))?.name  // `prepare` reports a wrong name
        return name.map { localRoute.runs($0) } ?? false ? local : aws
    }

    /// The version that is asked: the one with the largest weight, if a route has several.
    func qualifier(of target: TargetSpec) -> String? {
        target.invoke.route.map { $0.branches[$0.heaviest].qualifier } ?? target.qualifier
    }

    private func prepare(_ target: TargetSpec, _ route: Route) throws(ToolSourceError) -> PreparedFunction {
        // The local Lambda knows functions by their names, in one account and any region.
        let name = route.isLocal ? (try? FunctionName(target.function))?.name : nil
        do throws(PreparationError) {
            return try route.preparation.prepare(
                function: name ?? target.function,
                qualifier: qualifier(of: target),
                region: name == nil ? target.region : nil,
                endpoint: target.endpoint
            )
        } catch {
            throw ToolSourceError(HiddenCharacters.shown(error.description))
        }
    }

    /// Who signs for a target by its role; nil where it has none.
    private func role(
        of target: TargetSpec,
        _ route: Route
    ) throws(ToolSourceError) -> (any CredentialsProvider)? {
        guard let role = target.invoke.role, let roles = route.roles else { return nil }
        do throws(RoleRequestError) {
            return try roles.provider(of: RoleRequest(role, ofTarget: target.name.text))
        } catch {
            throw ToolSourceError(HiddenCharacters.shown(error.reason), hint: "correct the target's role")
        }
    }

    /// The client that signs so, on the loop. A role's is made anew each time, as lists are rare.
    private func client(of role: (any CredentialsProvider)?, _ route: Route) -> LambdaClient {
        guard let role else { return route.client.value }
        return LambdaClient(
            transport: transport.value,
            credentials: role,
            isRole: true,
            loop: transport.loop,
            clock: clock
        )
    }

    private func call(
        _ target: TargetSpec,
        _ payload: ByteBuffer,
        _ options: InvokeOptions
    ) async throws(ToolSourceError) -> InvokeAnswer {
        switch await outcome(target, payload, options) {
        case .success(let answer): return answer
        case .failure(.unprepared(let error)): throw error
        case .failure(.lambda(let error, let function)): throw ToolSourceError(error, function: function)
        }
    }

    /// Why there is no answer.
    enum Failure: Error {
        /// Nothing was sent: the target's declaration can't be used.
        case unprepared(ToolSourceError)
        case lambda(LambdaError, PreparedFunction)
    }

    func outcome(
        _ target: TargetSpec,
        _ payload: ByteBuffer,
        _ options: InvokeOptions
    ) async -> Result<InvokeAnswer, Failure> {
        let route = route(target)
        let (function, role): (PreparedFunction, (any CredentialsProvider)?)
        do throws(ToolSourceError) {
            function = try prepare(target, route)
            role = try self.role(of: target, route)
            await (role ?? route.credentials).ready()
        } catch {
            return .failure(.unprepared(error))
        }
        var options = options
        options.wantsLogTail = options.wantsLogTail || route.isLocal
        if target.invoke.tenantIsolation { options.tenantID = LambdaTenant.gateway }
        let asked = options
        do throws(LambdaError) {
            return .success(
                try await transport.run { _ throws(LambdaError) in
                    try await self.client(of: role, route).invoke(function, payload: payload, options: asked)
                }
            )
        } catch {
            return .failure(.lambda(error, function))
        }
    }
}
