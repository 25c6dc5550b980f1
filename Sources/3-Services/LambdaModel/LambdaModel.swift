// LambdaModel: AWS Lambda's side of the wire as values: names, requests, refusals, failures, logs, a process's life.
//
//   Depends on   Bytes, JSON, HTTP, Crypto (Base64 alone)
//   Used by      LocalLambda
//   Start at     FunctionReference, InvokeRequest, ServiceError, FunctionError, ProcessLife
