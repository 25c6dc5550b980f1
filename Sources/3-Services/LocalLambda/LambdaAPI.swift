import Bytes
import Calendar
import Crypto
import HTTP
import HTTPServer
import JSON
import SigV4

/// The AWS Lambda API for clients: checks the signature, finds the operation, and answers as AWS does.
///
/// Source: botocore service model lambda 2015-03-31 (paths, headers), AWS Lambda API reference
final class LambdaAPI: TaskHandler {
    private let functions: ServedFunctions
    private let signatures: SignatureCheck

    init(_ functions: ServedFunctions) {
        self.functions = functions
        // One endpoint serves all regions, as in SAM and LocalStack.
        signatures = SignatureCheck(region: nil, service: "lambda")
    }

    func handle(_ exchange: Exchange) async {
        let request = exchange.request
        let requestID = makeRequestID()
        do throws(ServiceError) {
            let region = try authenticate(request)
            if let response = try await answer(exchange, request, in: region, requestID: requestID) {
                exchange.respond(response)
            }
        } catch {
            exchange.respond(error.response(requestID: requestID))
        }
    }

    /// - Returns: the region for which the request is signed.
    private func authenticate(_ request: Request) throws(ServiceError) -> String {
        let fields = request.head.fields.all.map { field in
            CanonicalRequest.Field(request.bytes.span.text(field.name), request.bytes.span.text(field.value))
        }
        let signed = SignatureCheck.Request(
            method: request.bytes.span.text(request.head.methodName),
            path: request.path,
            query: request.query,
            fields: fields,
            body: request.bytes.span.extracting(request.body)
        )
        do throws(SignatureRefusal) {
            return try signatures.check(signed, at: UTCTime(epochSeconds: Int(functions.wallMs / 1000))) {
                keyID in
                functions.configuration.credentials[keyID].map {
                    SigningCredential(accessKeyID: keyID, secret: $0)
                }
            }.region
        } catch {
            throw ServiceError(error.status, error.code, error.message, .bare)
        }
    }

    /// - Returns: nil when the answer was streamed.
    private func answer(
        _ exchange: Exchange,
        _ request: Request,
        in region: String,
        requestID: String
    ) async throws(ServiceError) -> Response? {
        guard let target = RequestTarget(path: request.path, query: request.query, region: region) else {
            throw .unknownOperation
        }
        let words = target.segments
        switch (request.head.method, words.count) {
        case (.get, 2) where words == ["2015-03-31", "functions"]:
            return json(try list(target), requestID)
        case (.get, 3) where words[0] == "2015-03-31" && words[1] == "functions":
            let found = try find(words[2], target, action: "lambda:GetFunction")
            return json(describe(found).whole, requestID)
        case (.get, 4)
        where words[0] == "2015-03-31" && words[1] == "functions" && words[3] == "configuration":
            let found = try find(words[2], target, action: "lambda:GetFunctionConfiguration")
            return json(describe(found).configuration(isListed: false), requestID)
        case (.get, 3) where words[0] == "2017-03-31" && words[1] == "tags":
            return json(["Tags": try tags(of: words[2], in: region)], requestID)
        case (.post, 4)
        where words[0] == "2015-03-31" && words[1] == "functions" && words[3] == "invocations":
            return try await invoke(words[2], target, request, requestID)
        case (.post, 4)
        where words[0] == "2021-11-15" && words[1] == "functions"
            && words[3] == "response-streaming-invocations":
            return try await stream(words[2], target, exchange, requestID)
        default: throw .unknownOperation
        }
    }

    private func json(_ value: JSONValue, _ requestID: String) -> Response {
        var body = ByteBuffer()
        value.write(to: &body)
        return Response(
            status: 200,
            contentType: .json,
            fields: [ResponseField("x-amzn-RequestId", requestID)],
            body: body
        )
    }

    // MARK: Invoke

    private func invoke(
        _ name: String,
        _ target: RequestTarget,
        _ request: Request,
        _ requestID: String
    ) async throws(ServiceError) -> Response {
        functions.lookForChanges()
        let found = try find(name, target, action: "lambda:InvokeFunction", saysLatest: true)
        let asked = try InvokeRequest(request, epochSeconds: functions.wallMs / 1000)
        let id = ResponseField("x-amzn-RequestId", requestID)
        if asked.type == .dryRun { return Response(status: 204, fields: [id]) }

        let invocation = Invocation(
            requestID: requestID,
            event: asked.event,
            functionARN: found.arn,
            clientContext: asked.clientContext,
            tenantID: asked.tenantID,
            traceID: asked.traceID
        )
        if asked.type == .event {
            try found.pool.accept(invocation)
            return Response(status: 202, fields: [id])
        }
        let outcome = try await found.pool.run(invocation)
        var fields = [
            id,
            ResponseField("X-Amzn-Remapped-Content-Length", "0"),
            ResponseField("X-Amz-Executed-Version", "$LATEST"),
            ResponseField("X-Amzn-Trace-Id", asked.traceID),
        ]
        if outcome.isFunctionError { fields.append(ResponseField("X-Amz-Function-Error", "Unhandled")) }
        if asked.wantsLog {
            fields.append(ResponseField("X-Amz-Log-Result", Base64.standard.encode(outcome.logTail)))
        }
        return Response(status: 200, contentType: .json, fields: fields, body: outcome.payload)
    }

    /// InvokeWithResponseStream.
    /// - Returns: nil when the answer was streamed.
    private func stream(
        _ name: String,
        _ target: RequestTarget,
        _ exchange: Exchange,
        _ requestID: String
    ) async throws(ServiceError) -> Response? {
        functions.lookForChanges()
        let found = try find(name, target, action: "lambda:InvokeFunction", saysLatest: true)
        let asked = try InvokeRequest(
            exchange.request,
            epochSeconds: functions.wallMs / 1000,
            allowed: [.requestResponse, .dryRun]
        )
        let id = ResponseField("x-amzn-RequestId", requestID)
        if asked.type == .dryRun { return Response(status: 204, fields: [id]) }

        let fields = [
            id,
            ResponseField("X-Amz-Executed-Version", "$LATEST"),
            ResponseField("X-Amzn-Trace-Id", asked.traceID),
        ]
        let receiver = StreamedAnswer(to: exchange, fields: fields, wantsLog: asked.wantsLog)
        let invocation = Invocation(
            requestID: requestID,
            event: asked.event,
            functionARN: found.arn,
            clientContext: asked.clientContext,
            tenantID: asked.tenantID,
            traceID: asked.traceID,
            receiver: receiver
        )
        do throws(ServiceError) {
            await receiver.end(try await found.pool.run(invocation), requestID: requestID)
        } catch {
            guard receiver.hasBegun else { throw error }
            receiver.end(error)
        }
        return nil
    }

    // MARK: Functions

    private struct Found {
        let pool: FunctionPool
        let arn: String
    }

    /// The function that a request names.
    /// - Throws: AWS's errors for malformed names, other regions and accounts, and missing functions.
    private func find(
        _ text: String,
        _ target: RequestTarget,
        action: String,
        saysLatest: Bool = false
    ) throws(ServiceError) -> Found {
        let asked = target["Qualifier"]
        let reference = try FunctionReference(validating: text, qualifier: asked)
        if let named = reference.qualifier, let asked, named != asked { throw .qualifierMismatch }
        let qualifier = reference.qualifier ?? asked
        if let region = reference.region, region != target.region {
            throw .wrongRegion(region, here: target.region)
        }
        func arn(_ qualifier: String?, account: String? = nil) -> String {
            functions.arn(of: reference.name, qualifier: qualifier, in: target.region, account: account)
        }
        if let account = reference.account, account != functions.configuration.accountID {
            throw .notAuthorized(
                action,
                account: functions.configuration.accountID,
                resource: arn(qualifier, account: account)
            )
        }
        // Only Invoke's error includes the default qualifier if the request had none.
        let missing = arn(qualifier ?? (saysLatest ? "$LATEST" : nil))
        guard let pool = functions.pool(named: reference.name) else { throw .functionNotFound(missing) }
        guard qualifier == nil || qualifier == "$LATEST" || pool.function.aliases.contains(qualifier ?? "")
        else {
            throw .functionNotFound(missing)
        }
        return Found(pool: pool, arn: arn(qualifier))
    }

    private func describe(_ found: Found) -> FunctionDescription {
        functions.description(of: found.pool.function, arn: found.arn)
    }

    private func tags(of arn: String, in region: String) throws(ServiceError) -> JSONValue {
        guard arn.hasPrefix("arn:"), let reference = FunctionReference(parsing: arn),
            reference.region != nil, reference.account != nil
        else { throw .validation([FunctionReference.resourceFault(arn)]) }
        guard reference.qualifier == nil else { throw .taggedAlias }
        guard arn == functions.arn(of: reference.name, qualifier: nil, in: region),
            let pool = functions.pool(named: reference.name)
        else {
            throw .functionNotFound(arn)
        }
        return functions.description(of: pool.function, arn: arn).tags
    }

    /// One page of at most 50 functions, in the order of their names. The marker is the name of the page's last
    /// function, in Base64.
    private func list(_ target: RequestTarget) throws(ServiceError) -> JSONValue {
        let version = target["FunctionVersion"]
        if let version, version != "ALL" {
            let rule = "Member must satisfy enum value set: [ALL]"
            throw .validation([
                "Value '\(version)' at 'functionVersion' failed to satisfy constraint: \(rule)"
            ])
        }
        let count = try pageSize(target["MaxItems"])
        let last = try target["Marker"].map { (text) throws(ServiceError) in try name(marker: text) }
        let listed = functions.all.filter { last == nil || $0.name > last ?? "" }
        let page = listed.prefix(count)
        var members: [(String, JSONValue)] = []
        if listed.count > count, let last = page.last {
            members.append(("NextMarker", .string(Base64.url.encode(Array(last.name.utf8)))))
        }
        let qualifier = version == "ALL" ? "$LATEST" : nil
        let descriptions = page.map { function in
            let arn = functions.arn(of: function.name, qualifier: qualifier, in: target.region)
            return functions.description(of: function, arn: arn).configuration(isListed: true)
        }
        members.append(("Functions", .array(descriptions)))
        return .object(JSONObject(members))
    }

    private func pageSize(_ text: String?) throws(ServiceError) -> Int {
        guard let text else { return 50 }
        let value = Int(text) ?? 0
        let bound = value < 1 ? "greater than or equal to 1" : "less than or equal to 10000"
        guard (1...10_000).contains(value) else {
            let rule = "failed to satisfy constraint: Member must have value \(bound)"
            throw .validation(["Value '\(text)' at 'maxItems' \(rule)"])
        }
        return min(value, 50)
    }

    private func name(marker: String) throws(ServiceError) -> String {
        guard let bytes = Base64.url.decode(marker), let name = String(validating: bytes, as: UTF8.self)
        else {
            throw .invalidParameter("The marker '\(marker)' was not given by an earlier ListFunctions.")
        }
        return name
    }
}
