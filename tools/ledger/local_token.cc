#include "tools/ledger/local_token.h"

#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "core/base/ids.h"
#include "core/base/limits.h"
#include "core/base/time_text.h"
#include "core/crypto/hash.h"
#include "core/domain/decision.h"
#include "core/domain/operator_token.h"
#include "tools/ledger/ledger.h"

namespace latchkey::tools {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

// The token's name as it is kept.
Result<std::string> CheckForm(const WantedToken& wanted) {
  return domain::TokenName(wanted.name, "NAME")
      .and_then([&](std::string name) -> Result<std::string> {
        if (!wanted.lifetime) return name;
        const Status lasts = domain::CheckTokenLifetime(wanted.lifetime->count(), "--expires");
        if (!lasts) return lasts.error();
        return name;
      });
}

}  // namespace

CliResult<json::value> CreateLocally(const fs::path& data, const CaFiles& ca,
                                     const WantedToken& wanted, const Failure& locked_out,
                                     std::ostream& err) {
  const Result<std::string> name = CheckForm(wanted);
  if (!name) {
    return Fail(ExitCode::kUsage,
                name.error().fields[0].pointer + ": " + name.error().fields[0].detail);
  }
  auto ledger = OpenUnserved(
      data, ca,
      locked_out.message +
          "\nThe ledger is being served, so it cannot be opened beside its server. Give "
          "--token-file FILE of an owner; or stop the server, run this again, and start the "
          "server.",
      err);
  if (!ledger) return ledger.error();
  const crypto::Secret secret = domain::NewOperatorToken((*ledger)->random());
  const Result<domain::Answer> answer =
      (*ledger)->Run(domain::CreateToken{*name, *domain::RoleFromName(wanted.role), wanted.accounts,
                                         wanted.lifetime, crypto::Sha256(secret.view())});
  if (!answer) return Fail(answer.error());
  const auto row = domain::ReadToken((*ledger)->projections().state(), answer->token);
  const std::int64_t expires_us = row ? row->expires_us() : 0;
  json::object token{{"id", text::TokenId(answer->token)},
                     {"name", *name},
                     {"role", wanted.role},
                     {"accounts", nullptr},
                     {"expires_at", nullptr},
                     {"token", secret.view()}};
  if (!wanted.accounts.empty()) {
    token["accounts"] = json::array(wanted.accounts.begin(), wanted.accounts.end());
  }
  if (expires_us != 0) token["expires_at"] = text::FormatTime(expires_us);
  return token;
}

}  // namespace latchkey::tools
