package import JSON

/// A request that fits its route: every value is of the JSON that the route says.
package struct APICall<Caller: APICaller>: Sendable {
    package let caller: Caller
    package let request: APIRequest
    /// Of the path and the query.
    package let parameters: JSONObject
    /// The body's members; none when the request has no body.
    package let body: JSONObject
}
