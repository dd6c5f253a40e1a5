#include "api/call/call.h"

namespace latchkey::api {

std::string_view LimitedByName(LimitedBy by) {
  switch (by) {
    case LimitedBy::kAddress:
      return "address";
    case LimitedBy::kGateway:
      return "gateway";
    case LimitedBy::kSignIn:
      return "sign_in";
    case LimitedBy::kRefusals:
      return "refusals";
    case LimitedBy::kDownloads:
      return "downloads";
    case LimitedBy::kStreams:
      return "streams";
    case LimitedBy::kMessages:
      return "messages";
  }
  return "";
}

void Call::Clear() {
  request.Clear();
  request.id.clear();
  request.uri.Clear();
  request.route = nullptr;
  request.params = {};
  request.json = nullptr;
  caller.address = connection.address;
  caller.who.reset();
  caller.session.clear();
  caller.certificate.reset();
  caller.certificate_sha256.clear();
  caller.ended.reset();
  response.Clear();
  notes = Notes();
}

}  // namespace latchkey::api
