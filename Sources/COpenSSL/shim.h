#pragma once
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/err.h>

// ---- Crypto: random bytes and constant-time comparison ----
#include <openssl/crypto.h>
#include <openssl/rand.h>
