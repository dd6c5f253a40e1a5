#include "tools/bench/load_tls.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <vector>

#include <openssl/core_dispatch.h>
#include <openssl/crypto.h>
#include <openssl/provider.h>

namespace latchkey::tools {
namespace {

using Algorithms = std::vector<OSSL_ALGORITHM>;

constexpr char kProvider[] = "light";
constexpr std::array<std::string_view, 4> kKeyTypes = {"EC:", "X25519:", "HMAC:", "HKDF:"};
constexpr std::array<std::string_view, 2> kDecoders = {"EC:", "DER:"};

OSSL_PROVIDER* whole = nullptr;  // OpenSSL's own

// A provider names what it has in a list that ends with an empty entry, which is copied too.
Algorithms Those(const OSSL_ALGORITHM* all, const auto& wanted) {
  Algorithms chosen;
  for (; all->algorithm_names != nullptr; ++all) {
    const std::string names = std::string(all->algorithm_names) + ":";
    const bool has = std::any_of(wanted.begin(), wanted.end(),
                                 [&](std::string_view name) { return names.starts_with(name); });
    if (has) chosen.push_back(*all);
  }
  chosen.push_back(*all);
  return chosen;
}

const OSSL_ALGORITHM* Query(void*, int operation, int* no_store) {
  const OSSL_ALGORITHM* all = OSSL_PROVIDER_query_operation(whole, operation, no_store);
  if (operation == OSSL_OP_KEYMGMT) {
    static const Algorithms chosen = Those(all, kKeyTypes);
    return chosen.data();
  }
  if (operation == OSSL_OP_DECODER) {
    static const Algorithms chosen = Those(all, kDecoders);
    return chosen.data();
  }
  return all;
}

int Capabilities(void*, const char* capability, OSSL_CALLBACK* take, void* argument) {
  return OSSL_PROVIDER_get_capabilities(whole, capability, take, argument);
}

// Its algorithms run in the context of the whole provider, which they belong to.
int Initialise(const OSSL_CORE_HANDLE*, const OSSL_DISPATCH*, const OSSL_DISPATCH** functions,
               void** context) {
  static const std::array<OSSL_DISPATCH, 3> kFunctions = {
      {{OSSL_FUNC_PROVIDER_QUERY_OPERATION, reinterpret_cast<void (*)()>(Query)},
       {OSSL_FUNC_PROVIDER_GET_CAPABILITIES, reinterpret_cast<void (*)()>(Capabilities)},
       {0, nullptr}}};
  *functions = kFunctions.data();
  *context = OSSL_PROVIDER_get0_provider_ctx(whole);
  return 1;
}

OSSL_LIB_CTX* Make() {
  whole = OSSL_PROVIDER_load(OSSL_LIB_CTX_new(), "default");
  OSSL_LIB_CTX* const light = OSSL_LIB_CTX_new();
  const bool made = whole != nullptr &&
                    OSSL_PROVIDER_add_builtin(light, kProvider, Initialise) == 1 &&
                    OSSL_PROVIDER_load(light, kProvider) != nullptr;
  return made ? light : nullptr;
}

}  // namespace

ossl_lib_ctx_st* LightLibrary() {
  static OSSL_LIB_CTX* const made = Make();
  return made;
}

}  // namespace latchkey::tools
