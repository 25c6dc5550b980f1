package import JSON

/// A request that was checked against its route: every value fits the route's schemas.
package struct APICall<Caller: APICaller>: Sendable {
    package let caller: Caller
    package let request: APIRequest
    /// The parameters of the path and the query.
    package let parameters: JSONObject
    /// The body's members; none when the request has no body.
    package let body: JSONObject
}
