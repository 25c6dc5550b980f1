// OAuth: the gateway as an OAuth 2.1 resource server. Finds out whom a token speaks for, keeps the issuers' keys
// fresh, and tells clients where to get a token.
//
//   Depends on   JOSE (signatures), HTTPClient (the port that key sets come through), Policy (verdicts and refusals),
//                EventLoop, Crypto, HTTP, JSON, Bytes
//   Used by      Server, which puts it behind Gateway's port
//   Start at     TokenVerifier.verify(_:nowMs:), KeyRefresher.start(), ResourceMetadata, BearerChallenge
//
// A verifier belongs to one loop and never waits. Key sets come from one loop, the control loop, and are handed over
// by swapping a reference: a request pays one atomic load for it.
