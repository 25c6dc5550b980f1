import Bytes
package import Calendar
import HTTPClient
import EventLoop
import JSON
import SigV4

/// Lists an account's functions in a region, and their tags: ListFunctions and ListTags.
///
/// A value, for any task; each region or account needs a client of its own with its own credentials. A throttled
/// request is sent again until the deadline; everything ends early when the calling task is cancelled.
/// Source: Lambda API Reference, "ListFunctions", "ListTags"
package struct FunctionListClient: Sendable {
    /// The most functions that one list may have.
    package static let functionsMax = 10_000
    /// The most pages of one list; a page has 50 functions, so 100,000 functions.
    package static let pagesMax = 2_000
    /// The number of requests for tags that run at once.
    package static let parallel = 16
    private static let pageBytesMax = 8 << 20
    private static let tagsMax = 200

    var reader: ServiceReader
    private let functionsMax: Int
    private let pagesMax: Int

    /// - Parameter endpoint: used instead of the settings' endpoint (`AWS_ENDPOINT_URL_LAMBDA` and so on).
    /// - Throws: when Lambda's endpoint can't be determined.
    package init(
        settings: AWSSettings,
        region: Region,
        endpoint: String? = nil,
        credentials: any CredentialsProvider,
        network: AWSNetwork,
        functionsMax: Int = FunctionListClient.functionsMax,
        pagesMax: Int = FunctionListClient.pagesMax,
        clock: @escaping @Sendable () -> UTCTime = WallClock.now
    ) throws(EndpointError) {
        reader = try ServiceReader(
            .lambda,
            settings,
            region: region,
            endpoint: endpoint,
            credentials: credentials,
            network: network,
            clock: clock
        )
        self.functionsMax = functionsMax
        self.pagesMax = pagesMax
    }

    /// The endpoint that requests go to, for messages.
    package var endpoint: String { reader.endpoint.description }

    // MARK: ListFunctions

    /// All functions for which `keeps` holds, in the service's order, each once.
    /// - Throws: also when a later page fails, because in half a list functions would seem to be gone.
    package func functions(
        until deadline: ContinuousClock.Instant,
        keeping keeps: @escaping @Sendable (ListedFunction) -> Bool = { _ in true }
    ) async throws(AWSReadError) -> [ListedFunction] {
        try await reader.run { lines in
            do throws(AWSReadError) {
                return .success(try await list(deadline, keeps, lines))
            } catch {
                return .failure(error)
            }
        }
    }

    private func list(
        _ deadline: ContinuousClock.Instant,
        _ keeps: @Sendable (ListedFunction) -> Bool,
        _ lines: NetworkLines
    ) async throws(AWSReadError) -> [ListedFunction] {
        var found: [ListedFunction] = []
        var arns: Set<String> = []
        var markers: Set<String> = []
        var marker: String?
        for _ in 0..<pagesMax {
            let page = try await reader.ask(
                ServiceReader.Question(
                    action: "lambda:ListFunctions",
                    path: "/2015-03-31/functions",
                    query: Self.query(marker),
                    bytesMax: Self.pageBytesMax,
                    deadline: deadline
                ),
                over: lines
            )
            guard let functions = page["Functions"]?.arrayValue else {
                throw reader.unreadable("holds no list of functions")
            }
            for value in functions {
                guard let function = ListedFunction(value) else {
                    throw reader.unreadable("holds a function without a name or an ARN")
                }
                // A function may be on two pages if the list changes between them.
                guard keeps(function), arns.insert(function.arn).inserted else { continue }
                found.append(function)
            }
            guard found.count <= functionsMax else {
                throw AWSReadError(
                    .tooMany,
                    "\(reader.region) has more than \(functionsMax) functions that match: narrow the names"
                )
            }
            switch page["NextMarker"] {
            case nil, .null?, .string("")?: return found
            case .string(let next)?:
                guard markers.insert(next).inserted else {
                    throw reader.unreadable("repeats the marker of an earlier page, so its list has no end")
                }
                marker = next
            default: throw reader.unreadable("holds a marker that is not a string")
            }
        }
        throw AWSReadError(
            .tooMany,
            "the list of functions in \(reader.region) has more than \(pagesMax) pages"
        )
    }

    private static func query(_ marker: String?) -> String {
        var query = ByteBuffer("")
        if let marker {
            query.append("Marker=")
            query.append(uriEncoding: marker)
            query.append("&")
        }
        query.append("MaxItems=50")
        return query.text
    }

    // MARK: ListTags

    /// The tags of each function, or why they can't be read; the error is `notFound` for a function that was deleted
    /// since the list was read.
    ///
    /// At most `parallel` requests at once; slower when the service throttles.
    /// - Parameter arns: ARNs without a version or an alias, because those have no tags.
    /// - Throws: an error that affects all of them: no credentials, the deadline has passed, or nothing could be read.
    package func tags(
        of arns: [String],
        until deadline: ContinuousClock.Instant
    ) async throws(AWSReadError) -> [String: Result<[String: String], AWSReadError>] {
        try await reader.run { lines in await readTags(Set(arns).sorted(), deadline, lines) }
    }

    private typealias Tags = Result<[String: String], AWSReadError>

    private func readTags(
        _ arns: [String],
        _ deadline: ContinuousClock.Instant,
        _ lines: NetworkLines
    ) async -> Result<[String: Tags], AWSReadError> {
        let pace = SendingPace()
        let lines = LoopBound(lines, on: lines.loop)
        return await withTaskGroup(of: (String, Tags).self) { group in
            var waiting = arns.makeIterator()
            func addNext() {
                guard let arn = waiting.next() else { return }
                group.addTask { (arn, await readTags(of: arn, deadline, pace, lines.value)) }
            }
            for _ in 0..<Self.parallel { addNext() }
            var found: [String: Tags] = [:]
            var failures = 0
            while let (arn, outcome) = await group.next() {
                found[arn] = outcome
                if case .failure(let error) = outcome {
                    failures += 1
                    let isOfAll = Self.isOfAll(error)
                    let isHopeless = failures == found.count && failures >= min(arns.count, 2 * Self.parallel)
                    if isOfAll || isHopeless && error.kind != .notFound {
                        group.cancelAll()
                        return .failure(error)
                    }
                }
                addNext()
            }
            return .success(found)
        }
    }

    private static func isOfAll(_ error: AWSReadError) -> Bool {
        switch error.kind {
        case .credentials, .late, .throttled, .cancelled: true
        default: false
        }
    }

    private func readTags(
        of arn: String,
        _ deadline: ContinuousClock.Instant,
        _ pace: SendingPace,
        _ lines: NetworkLines
    ) async -> Tags {
        var path = ByteBuffer("/2017-03-31/tags/")
        path.append(uriEncoding: arn)
        let question = ServiceReader.Question(
            action: "lambda:ListTags",
            path: path.text,
            bytesMax: 256 << 10,
            deadline: deadline,
            pace: pace
        )
        do throws(AWSReadError) {
            return .success(try tags(try await reader.ask(question, over: lines)))
        } catch {
            return .failure(error)
        }
    }

    private func tags(_ answer: JSONValue) throws(AWSReadError) -> [String: String] {
        switch answer["Tags"] {
        case nil, .null?: return [:]
        case .object(let object)?:
            guard object.count <= Self.tagsMax else {
                throw reader.unreadable("holds more than \(Self.tagsMax) tags")
            }
            var tags: [String: String] = [:]
            for member in object.members {
                guard let text = member.value.stringValue else {
                    throw reader.unreadable("holds a tag that is not a string")
                }
                tags[member.key] = text
            }
            return tags
        default: throw reader.unreadable("holds no tags")
        }
    }
}
