// SigV4: AWS Signature Version 4, for both ends of a request. Pure computation: the clock and the keys come in as
// arguments.
//
//   Depends on   Bytes, Calendar, Crypto
//   Used by      AWS (signs), LocalLambda (checks)
//   Start at     InvokeSigner for the hot path, RequestSigner for anything else, SignatureCheck for a server
//
// Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html

/// The name of the only algorithm here, first in the string to sign and in the Authorization header.
let algorithm: StaticString = "AWS4-HMAC-SHA256"

/// The last part of every credential scope.
let terminator = "aws4_request"
