import Bytes
import Crypto
import HTTP
package import HTTPClient

/// What Lambda answered to a call that went well. Parts are read from the response when asked for.
package struct InvokeAnswer: Sendable {
    /// Where the payload is: `answer.response.bytes[answer.payload]`.
    package var payload: Range<Int> { response.body }
    package let response: ClientResponse

    /// - Parameter response: any response to an Invoke request.
    /// - Throws: what the response says went wrong, or that it isn't Lambda's.
    @inline(never)  // keeps its temporaries out of the caller's async frame
    init(_ response: consuming ClientResponse) throws(LambdaError) {
        self.response = response
        guard 200...299 ~= self.response.status else { throw LambdaError(refusal: self.response) }
        let error = self.response.fields.first(.functionError)
        if let error, !error.isEmpty { throw LambdaError(functionFailure: self.response) }
        if isPage { throw .refused(.malformedAnswer, "a web page came back, which is no answer of Lambda") }
    }

    /// Whether it is a page of a proxy or of a gateway on the way. No JSON begins so, so that hardly any answer pays for
    /// the look at its type.
    private var isPage: Bool {
        !payload.isEmpty && response.bytes[payload.lowerBound] == UInt8(ascii: "<")
            && response.header("content-type")?.contains("html") == true
    }

    /// 200; 202 for a queued event, 204 for a dry run, both without a payload.
    package var status: Int { response.status }

    package var requestID: String? { response.requestID }

    /// The last 4 KB of the log, when it was asked for: what a trial call can show an operator.
    package var logTail: String? { response.logTail }

    /// Which version ran: a number or `$LATEST`.
    package var executedVersion: String? { response.executedVersion }

    /// What Lambda says of the invocation at the end of its log, when that was asked for.
    package var report: InvocationReport? { InvocationReport(response.logTail, requestID: requestID) }
}

extension ClientResponse {
    var requestID: String? { header("x-amzn-requestid") ?? header("x-amz-request-id") }

    /// At most 128 characters, as a version's name has.
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
    /// Of an answer that may have no log, or no id.
    init?(_ log: String?, requestID: String?) {
        guard let log, let requestID else { return nil }
        self.init(in: log, requestID: requestID)
    }
}
