#pragma once
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/err.h>

// TLS: what Swift cannot import is the setters that are macros over SSL_ctrl, and the SSL_OP_* bits.
#include <openssl/pem.h>
#include <string.h>
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
/// The first DNS name of a certificate, or its common name when it has none, without a final zero. Returns its length, 0 for
/// none that fits. The stack of alternative names is reached by macros.
static inline int shim_X509_first_name(X509 *_Nonnull certificate, unsigned char *_Nonnull text, int capacity) {
    int count = 0;
    GENERAL_NAMES *names = (GENERAL_NAMES *)X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
    for (int i = 0; names && count == 0 && i < sk_GENERAL_NAME_num(names); i++) {
        int type = 0;
        ASN1_STRING *value = (ASN1_STRING *)GENERAL_NAME_get0_value(sk_GENERAL_NAME_value(names, i), &type);
        if (type != GEN_DNS || ASN1_STRING_length(value) > capacity) continue;
        count = ASN1_STRING_length(value);
        memcpy(text, ASN1_STRING_get0_data(value), (size_t)count);
    }
    GENERAL_NAMES_free(names);
    if (count > 0) return count;
    count = X509_NAME_get_text_by_NID(
        X509_get_subject_name(certificate), NID_commonName, (char *)text, capacity);
    return count > 0 ? count : 0;
}
// end of TLS

// ---- Crypto: random bytes and constant-time comparison ----
#include <openssl/crypto.h>
#include <openssl/rand.h>

// ---- Crypto: SHA-256 whose state is plain bytes ----
// EVP keeps the state in memory of its own, and copying a context, as HMAC needs it twice for each code, allocates five
// times. These functions run the same code and are deprecated since OpenSSL 3.0 because they pass providers by; they are
// here so that one place has to change when they go. A state may be copied by assignment.
#include <openssl/sha.h>
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
static inline int shim_SHA256_Init(SHA256_CTX *_Nonnull state) { return SHA256_Init(state); }
static inline int shim_SHA256_Update(SHA256_CTX *_Nonnull state, const void *_Nullable bytes, size_t count) {
    return SHA256_Update(state, bytes, count);
}
static inline int shim_SHA256_Final(unsigned char *_Nonnull digest, SHA256_CTX *_Nonnull state) {
    return SHA256_Final(digest, state);
}
#pragma GCC diagnostic pop
