// One witness as a log talks to it (C2SP tlog-witness@v1.0.0): add-checkpoint, and the monitor
// endpoint, both under one URL.
#pragma once

#include <cstdint>
#include <functional>
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
  // `ca_file` (PEM) is trusted besides the system's roots; empty: none. The log outlives it. Once
  // `cancelled` is true a request under way ends within a second; empty: it never is.
  WitnessClient(WitnessAddress address, log::NoteKey log_key, const log::Log& log,
                const std::string& ca_file, std::function<bool()> cancelled = {});

  const std::string& name() const { return address_.key.name; }

  // What the witness shows that it has seen of this log, signed by the log itself; null when it
  // shows nothing: it has seen nothing, or it serves no monitor endpoint, which not all do. Refuses
  // with kIo when it cannot be reached, kUnusable when its answer is none.
  Result<std::optional<log::Sighting>> Seen();

  // Has it cosign a checkpoint of the log, whose note is `note`. Refuses with kIo when it cannot be
  // reached or refuses, kUnusable when the log does not extend what the witness has seen: there are
  // two histories. That is judged by what the witness shows, signed by the log itself. Of one that
  // shows nothing the word counts: that it has seen more than there is, or takes no right proof.
  Result<log::Cosignature> Cosign(const log::Head& head, std::string_view note);

 private:
  Result<ClientResponse> Ask(const ClientRequest& request);
  // The log extends all that the witness can show; else kUnusable. If it shows nothing, then what
  // it says: that it has seen another history, of this size; 0: it does not say so.
  Status CheckSeen(std::uint64_t said);

  const WitnessAddress address_;
  const log::NoteKey log_key_;
  const log::Log& log_;
  HttpClient http_;
  std::uint64_t known_ = 0;  // size up to which the witness has cosigned
};

}  // namespace latchkey::witness
