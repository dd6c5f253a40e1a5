// Requests that a gateway makes with its certificate.
#pragma once

#include <chrono>
#include <optional>

#include <boost/json/object.hpp>

#include "core/base/time.h"
#include "core/http/http_client.h"
#include "tools/client/answer.h"
#include "tools/installer/identity.h"
#include "tools/process/exit_code.h"

namespace latchkey::tools {

inline constexpr std::chrono::seconds kGatewayTimeout{30};  // of one request

// Over a connection of its own: one that is kept from one check-in to the next would take a place
// on the listener for every gateway. One thread.
class GatewayClient {
 public:
  // `wait`: how long the server may be asked to wait before it answers.
  explicit GatewayClient(Identity identity, std::chrono::seconds wait = {});

  // Failures say what to do, and are
  //   kKeyRefused   the identity has ended: only a new key helps
  //   kTryAgain     out of reach or busy
  //   kRefused, kFailed   otherwise; a certificate that has expired and can be renewed is kRefused
  CliResult<Answer> Ask(const Operation& operation, const boost::json::object& body);

  const Identity& identity() const { return identity_; }
  // Of the last answer or refusal: the server's time, if it was told, and how long the server asks
  // to wait before the next request (0: not at all).
  std::optional<Time> server_time() const { return server_time_; }
  std::chrono::seconds retry_after() const { return retry_after_; }

 private:
  Failure Explained(Failure failure) const;
  bool Renewable() const;
  void ReadHeaders(const ClientResponse& response);

  const Identity identity_;
  HttpClient client_;
  std::optional<Time> server_time_;
  std::chrono::seconds retry_after_{0};
};

}  // namespace latchkey::tools
