// One witness as a log talks to it (C2SP tlog-witness@v1.0.0): add-checkpoint, and the monitor
// endpoint, both under one URL.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/error.h"
#include "core/http/http_client.h"
#include "core/log/cosignature.h"
#include "core/log/log.h"
#include "core/log/note.h"
#include "core/log/sighting.h"

namespace latchkey::witness {

struct WitnessAddress {
  log::NoteKey key;  // of its cosignatures
  std::string url;   // https://HOST[:PORT][/PATH]; http:// to a loopback address alone
};

// Reads "VKEY@URL". Refuses with kValidationFailed anything else, in words for whoever typed it.
Result<WitnessAddress> ParseWitness(std::string_view text);

// One thread.
class WitnessClient {
 public:
  // `ca_file` (PEM) is trusted besides the system's roots; empty: none. The log outlives it.
  WitnessClient(WitnessAddress address, log::NoteKey log_key, const log::Log& log,
                const std::string& ca_file);

  const std::string& name() const { return address_.key.name; }

  // What the witness has seen of this log, as far as that is signed by the log itself; null when it
  // has seen nothing. Refuses with kIo when it cannot be reached, kUnusable when its answer is
  // none.
  Result<std::optional<log::Sighting>> Seen();

  // Has it cosign a checkpoint of the log, whose note is `note`. Refuses with kIo when it cannot be
  // reached or refuses, kUnusable when the log does not extend what the witness has seen, signed by
  // the log itself: there are two histories.
  Result<log::Cosignature> Cosign(const log::Head& head, std::string_view note);

 private:
  Result<ClientResponse> Ask(const ClientRequest& request);
  // The log extends all that the witness can show; else kUnusable.
  Status CheckSeen();

  const WitnessAddress address_;
  const log::NoteKey log_key_;
  const log::Log& log_;
  HttpClient http_;
  std::uint64_t known_ = 0;  // size up to which the witness has cosigned
};

}  // namespace latchkey::witness
