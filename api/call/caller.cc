#include "api/call/caller.h"

namespace latchkey::api {

domain::Actor Caller::Actor() const {
  domain::Actor actor;
  actor.address = address.text;
  if (who) {
    who->SetActor(&actor);
  } else if (certificate) {
    actor.kind = domain::Actor::Kind::kCertificate;
    actor.certificate_sha256 = certificate_sha256;
  } else {
    actor.kind = domain::Actor::Kind::kAddress;
  }
  return actor;
}

}  // namespace latchkey::api
