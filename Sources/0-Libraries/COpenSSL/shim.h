#pragma once
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/err.h>

// TLS: what Swift cannot import is the setters that are macros over SSL_ctrl, and the SSL_OP_* bits.
#include <openssl/pem.h>
#include <openssl/x509v3.h>

static inline void shim_SSL_CTX_harden(SSL_CTX *_Nonnull context) {
    SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE);
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE
                                  | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
}
static inline void shim_SSL_CTX_disable_session_cache(SSL_CTX *_Nonnull context) {
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
}
static inline int shim_SSL_CTX_add1_chain_cert(SSL_CTX *_Nonnull context, X509 *_Nonnull certificate) {
    return (int)SSL_CTX_add1_chain_cert(context, certificate);
}
static inline int shim_SSL_set_tlsext_host_name(SSL *_Nonnull session, const char *_Nonnull host) {
    return (int)SSL_set_tlsext_host_name(session, host);
}
// end of TLS

// ---- Crypto: random bytes and constant-time comparison ----
#include <openssl/crypto.h>
#include <openssl/rand.h>
