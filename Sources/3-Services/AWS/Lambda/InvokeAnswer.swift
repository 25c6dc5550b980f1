import Bytes
import Crypto
import HTTP
package import HTTPClient

/// Lambda's answer to a successful call. Its parts are read from the response on demand.
package struct InvokeAnswer: Sendable {
    /// The range of the payload: `answer.response.bytes[answer.payload]`.
    package var payload: Range<Int> { response.body }
    package let response: ClientResponse

    /// - Parameter response: any response to an Invoke request.
    /// - Throws: the failure that the response describes, or `.malformedAnswer` when it isn't from Lambda.
    @inline(never)  // keeps its temporaries out of the caller's async frame
    init(_ response: consuming ClientResponse) throws(LambdaError) {
        self.response = response
        guard 200...299 ~= self.response.status else { throw LambdaError(refusal: self.response) }
        let error = self.response.fields.first(.functionError)
        if let error, !error.isEmpty { throw LambdaError(functionFailure: self.response) }
        if isPage {
            throw .refused(.malformedAnswer, "a web page came back instead of an answer from Lambda")
        }
    }

    /// Whether the answer is a web page of a proxy or gateway between here and Lambda. JSON never begins with `<`, so
    /// the content type of nearly all answers is never read.
    private var isPage: Bool {
        !payload.isEmpty && response.bytes[payload.lowerBound] == UInt8(ascii: "<")
            && response.header("content-type")?.contains("html") == true
    }

    /// 200; 202 for a queued event, 204 for a dry run, both without a payload.
    package var status: Int { response.status }

    package var requestID: String? { response.requestID }

    /// The last 4 KB of the log, if requested; a trial call can show it to an operator.
    package var logTail: String? { response.logTail }

    /// The version that ran: a number or `$LATEST`.
    package var executedVersion: String? { response.executedVersion }

    /// Lambda's report on the invocation at the end of its log, if the log was requested.
    package var report: InvocationReport? { InvocationReport(response.logTail, requestID: requestID) }
}

extension ClientResponse {
    var requestID: String? { header("x-amzn-requestid") ?? header("x-amz-request-id") }

    /// The version that ran; nil if the header has more than 128 characters, the limit of a version's name.
    var executedVersion: String? {
        header("x-amz-executed-version").flatMap { 1...128 ~= $0.utf8.count ? $0 : nil }
    }

    var logTail: String? {
        guard let text = header("x-amz-log-result"), let bytes = Base64.standard.decode(text) else {
            return nil
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

extension InvocationReport {
    /// The report in an answer that may have no log, or no request id.
    init?(_ log: String?, requestID: String?) {
        guard let log, let requestID else { return nil }
        self.init(in: log, requestID: requestID)
    }
}
