// The input is an entry as it lies in the ledger.
#include <string>

#include <google/protobuf/stubs/logging.h>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "core/base/time_text.h"
#include "events/codec.h"
#include "events/json.h"
#include "tests/fuzz/fuzz.h"

namespace latchkey::fuzz {
namespace {

namespace json = boost::json;

void ExpectShown(const events::Event& event, const events::Personal* personal) {
  const json::object shown = events::ToJson(event, personal);
  Expect(json::parse(json::serialize(shown)) == json::value(shown), "what is shown is JSON");
  Expect(shown.size() == 8, "with all its members");
  const json::string& time = shown.at("time").get_string();
  Expect(text::ParseTime({time.data(), time.size()}).has_value(), "its time is a time");
}

void DecodeOne(std::string_view bytes) {
  const Result<events::Event> decoded = events::Decode(bytes);
  if (!decoded) {
    Expect(!decoded.error().detail.empty(), "a refusal says why");
    return;
  }
  const events::Event& event = *decoded;
  const std::string_view type = events::TypeName(event.fact_case());
  Expect(events::TypeFromName(type) == event.fact_case(), "a fact that is known has a name");
  ExpectShown(event, nullptr);
  events::Personal personal;  // what would have been sealed, in the clear
  if (personal.ParseFromString(event.sealed().box())) ExpectShown(event, &personal);

  const std::string written = events::Encode(event);
  const Result<events::Event> again = events::Decode(written);
  Expect(again.has_value(), "what is written reads back");
  Expect(events::Encode(*again) == written, "as the same event");
}

}  // namespace
}  // namespace latchkey::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  google::protobuf::SetLogHandler(nullptr);  // it has a line for each text that is not UTF-8
  latchkey::fuzz::DecodeOne(latchkey::fuzz::TextOf(data, size));
  return 0;
}
