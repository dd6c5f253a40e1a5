#include "tools/ledger/guards.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "core/log/cosignature.h"
#include "core/rocks/small_file.h"
#include "tools/ledger/elsewhere.h"

namespace latchkey::tools {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

constexpr const char* kCheckpointFile = "checkpoint_file";
constexpr const char* kWitnesses = "witnesses";
constexpr const char* kWitnessCa = "witness_ca";
constexpr std::size_t kMaxGuardsDepth = 2;

fs::path GuardsPath(const fs::path& data) { return data / "guards.json"; }

// The commands that read it have another working directory.
std::string Absolute(const fs::path& path) {
  return path.empty() ? "" : fs::absolute(path).lexically_normal().string();
}

std::string Render(const Guards& guards) {
  json::array witnesses;
  for (const witness::WitnessAddress& each : guards.witnesses.witnesses) {
    witnesses.push_back(json::string(log::CosignerKeyText(each.key) + "@" + each.url));
  }
  return json::serialize(json::object{{kCheckpointFile, Absolute(guards.checkpoint_copy)},
                                      {kWitnesses, std::move(witnesses)},
                                      {kWitnessCa, Absolute(guards.witnesses.ca_file)}}) +
         '\n';
}

const json::string* TextIn(const json::object& object, const char* name) {
  const json::value* value = object.if_contains(name);
  return value == nullptr ? nullptr : value->if_string();
}

std::optional<Guards> Parse(const std::string& text) {
  json::parse_options options;
  options.max_depth = kMaxGuardsDepth;
  options.allow_invalid_utf8 = true;  // a path may be anything
  json::error_code failed;
  const json::value value = json::parse(text, failed, {}, options);
  const json::object* object = failed ? nullptr : value.if_object();
  if (object == nullptr) return std::nullopt;
  const json::string* copy = TextIn(*object, kCheckpointFile);
  const json::string* ca = TextIn(*object, kWitnessCa);
  const json::value* witnesses = object->if_contains(kWitnesses);
  if (copy == nullptr || ca == nullptr || witnesses == nullptr || !witnesses->is_array()) {
    return std::nullopt;
  }
  Guards guards{std::string(*copy), {{}, std::string(*ca)}};
  for (const json::value& each : witnesses->get_array()) {
    const json::string* words = each.if_string();
    if (words == nullptr) return std::nullopt;
    auto address = witness::ParseWitness({words->data(), words->size()});
    if (!address) return std::nullopt;
    guards.witnesses.witnesses.push_back(*std::move(address));
  }
  return guards;
}

}  // namespace

Status RememberGuards(const fs::path& data, const Guards& guards, rocksdb::Env* env) {
  const std::string wanted = Render(guards);
  const auto there = rocks::ReadSmallFile(GuardsPath(data), env);
  if (there && *there == wanted) return {};
  if (there && !*there && guards.empty()) return {};
  return rocks::WriteSmallFile(GuardsPath(data), wanted, env);
}

Result<Guards> RememberedGuards(const fs::path& data, rocksdb::Env* env) {
  const auto file = rocks::ReadSmallFile(GuardsPath(data), env);
  if (!file) return file.error();
  if (!*file) return Guards();
  if (auto guards = Parse(**file)) return *std::move(guards);
  return Refuse(ErrorCode::kUnusable,
                "guards.json is damaged: it is not known what would show that this directory is an "
                "old copy. Nothing was changed: start the server, which writes it again");
}

AskElsewhere Ask(Guards guards, fs::path checkpoint, rocksdb::Env* env,
                 std::vector<std::string>* warnings) {
  return [guards = std::move(guards), checkpoint = std::move(checkpoint), env, warnings](
             const log::Log& found, const std::optional<log::NoteKey>& key) {
    std::vector<std::string> told;
    auto seen = SeenElsewhere({checkpoint, guards.checkpoint_copy, guards.witnesses}, found, key,
                              env, &told);
    for (std::string& words : told) {
      if (std::find(warnings->begin(), warnings->end(), words) == warnings->end()) {
        warnings->push_back(std::move(words));
      }
    }
    return seen;
  };
}

}  // namespace latchkey::tools
