#include "tests/support/openapi.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <optional>

#include <yaml-cpp/yaml.h>
#include <boost/algorithm/string/predicate.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "tests/support/json_schema.h"

namespace latchkey::testing {

namespace json = boost::json;

namespace {

constexpr std::string_view kMethods[] = {"get", "put", "post", "patch", "delete"};

// What any request may be answered with before its operation is known, by component name.
constexpr std::string_view kBeforeRouting[] = {
    "Malformed",       "TooLarge",   "HeadersTooLarge", "NotFound",
    "Unauthenticated", "Overloaded", "RefusedTooOften"};

// Headers that mean something in the contract: where it does not list them they must not be.
constexpr std::string_view kContractHeaders[] = {
    "Latchkey-Position", "ETag",  "Location",      "Retry-After",
    "WWW-Authenticate",  "Allow", "Cache-Control", "Set-Cookie"};

json::value FromYaml(const YAML::Node& node) {
  if (node.IsMap()) {
    json::object object;
    for (const auto& member : node) {
      object[member.first.as<std::string>()] = FromYaml(member.second);
    }
    return object;
  }
  if (node.IsSequence()) {
    json::array array;
    for (const auto& item : node) array.push_back(FromYaml(item));
    return array;
  }
  if (node.IsNull()) return nullptr;
  const std::string& text = node.Scalar();
  if (node.Tag() == "?") {  // plain: neither quoted nor a block
    if (text == "true") return true;
    if (text == "false") return false;
    if (std::int64_t number = 0; YAML::convert<std::int64_t>::decode(node, number)) return number;
  }
  return json::string(text);
}

bool SamePath(std::string_view path, std::string_view with_names) {
  while (!path.empty() && !with_names.empty()) {
    const std::string_view segment = path.substr(0, path.find('/', 1));
    const std::string_view name = with_names.substr(0, with_names.find('/', 1));
    if (name.starts_with("/{+")) return true;  // the rest, as in RFC 6570 §3.2.3
    const bool any = name.starts_with("/{") && segment.size() > 1;
    if (!any && segment != name) return false;
    path.remove_prefix(segment.size());
    with_names.remove_prefix(name.size());
  }
  return path.empty() && with_names.empty();
}

std::optional<std::string> Header(const Exchange& exchange, std::string_view name) {
  for (const auto& [key, value] : exchange.headers) {
    if (boost::algorithm::iequals(key, name)) return value;
  }
  return std::nullopt;
}

std::string Upper(std::string_view text) {
  std::string upper(text);
  std::transform(upper.begin(), upper.end(), upper.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return upper;
}

std::string Lower(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return lower;
}

std::string Name(const Exchange& exchange) {
  return exchange.method + " " + exchange.target + " → " + std::to_string(exchange.status);
}

// The `code` of a problem; "" for any other body.
std::string Code(const Exchange& exchange) {
  if (exchange.status < 400) return "";
  boost::system::error_code error;
  const json::value body = json::parse(exchange.body, error);
  if (error || !body.is_object()) return "";
  const auto* code = body.get_object().if_contains("code");
  return code != nullptr && code->is_string() ? std::string(code->get_string()) : "";
}

void CheckAllKeywords(const json::value& document, const json::value& node) {
  if (node.is_array()) {
    for (const json::value& item : node.get_array()) CheckAllKeywords(document, item);
  }
  if (!node.is_object()) return;
  for (const auto& [name, value] : node.get_object()) {
    if (name == "schema") {
      CheckKeywords(document, value);
    } else if (name == "schemas") {
      for (const auto& schema : value.as_object()) CheckKeywords(document, schema.value());
    } else if (name == "$ref") {
      Resolve(document, node);
    } else {
      CheckAllKeywords(document, value);
    }
  }
}

// Every code that a response's schema lists.
std::vector<std::string> Codes(const json::value& document, const json::value& response) {
  std::vector<std::string> codes;
  const auto* content = response.as_object().if_contains("content");
  if (content == nullptr) return codes;
  const auto* problem = content->as_object().if_contains("application/problem+json");
  if (problem == nullptr) return codes;
  const json::value& schema = Resolve(document, problem->at("schema"));
  for (const json::value& part : schema.at("allOf").as_array()) {
    const auto* properties = part.as_object().if_contains("properties");
    if (properties == nullptr) continue;
    for (const json::value& code : properties->at("code").at("enum").as_array()) {
      codes.emplace_back(code.as_string());
    }
  }
  return codes;
}

// Adds the texts below `schema` whose length is bounded.
void FindBoundedTexts(const json::value& document, const json::value& schema,
                      const Operation& operation, const std::string& pointer,
                      std::vector<BoundedText>* found) {
  const json::object& resolved = Resolve(document, schema).as_object();
  // One with a pattern does not take any text of that length.
  const auto* max = resolved.if_contains("maxLength");
  if (max != nullptr && !resolved.contains("pattern")) {
    found->push_back({operation, pointer, max->to_number<std::size_t>()});
  }
  const auto* properties = resolved.if_contains("properties");
  if (properties == nullptr) return;
  for (const auto& [name, property] : properties->as_object()) {
    FindBoundedTexts(document, property, operation, pointer + "/" + std::string(name), found);
  }
}

// Whether path item `item` is served by `listener`, by the variable in its servers' addresses.
bool ServedBy(const json::value& document, const json::value& item, Listener listener) {
  const auto* own = item.as_object().if_contains("servers");
  const json::value& servers = own != nullptr ? *own : document.at("servers");
  const std::string_view wanted = listener == Listener::kManagement ? "{management}" : "{gateways}";
  return std::any_of(servers.as_array().begin(), servers.as_array().end(),
                     [&](const json::value& server) {
                       return server.at("url").as_string().find(wanted) != json::string::npos;
                     });
}

}  // namespace

OpenApi& OpenApi::Instance() {
  static OpenApi contract(std::filesystem::path(LATCHKEY_SOURCE_DIR) / "api" / "openapi.yaml");
  return contract;
}

OpenApi::OpenApi(const std::filesystem::path& yaml) {
  try {
    document_ = FromYaml(YAML::LoadFile(yaml.string()));
  } catch (const YAML::Exception& error) {
    std::fprintf(stderr, "%s: %s\n", yaml.c_str(), error.what());
    std::abort();
  }
  CheckAllKeywords(document_, document_);
}

std::vector<Operation> OpenApi::Operations() const {
  std::vector<Operation> operations;
  for (const Listener listener : {Listener::kManagement, Listener::kGateways}) {
    for (const auto& [path, item] : document_.at("paths").as_object()) {
      if (!ServedBy(document_, item, listener)) continue;
      for (const std::string_view method : kMethods) {
        if (!item.as_object().contains(method)) continue;
        operations.push_back({listener, Upper(method), std::string(path)});
      }
    }
  }
  return operations;
}

const json::value& OpenApi::Described(const Operation& operation) const {
  return document_.at("paths").at(operation.path).at(Lower(operation.method));
}

std::vector<BoundedText> OpenApi::BoundedTexts() const {
  std::vector<BoundedText> found;
  for (const Operation& operation : Operations()) {
    const auto* body = Described(operation).as_object().if_contains("requestBody");
    if (body == nullptr) continue;
    const json::object& contents = Resolve(document_, *body).at("content").as_object();
    const json::value* content = contents.if_contains("application/json");
    if (content == nullptr) continue;
    FindBoundedTexts(document_, content->at("schema"), operation, "", &found);
  }
  return found;
}

std::vector<Listed> OpenApi::AllListed() const {
  std::vector<Listed> all;
  for (const Operation& operation : Operations()) {
    const json::value& responses = Described(operation).at("responses");
    for (const auto& [status, response] : responses.as_object()) {
      const int number = std::atoi(std::string(status).c_str());
      std::vector<std::string> codes = Codes(document_, Resolve(document_, response));
      if (codes.empty()) codes.emplace_back();
      for (std::string& code : codes) all.push_back({operation, number, std::move(code)});
    }
  }
  return all;
}

const json::object* OpenApi::FindPath(Listener listener, std::string_view path,
                                      std::string* name) const {
  const json::object* found = nullptr;
  for (const auto& [template_path, item] : document_.at("paths").as_object()) {
    if (!ServedBy(document_, item, listener) || !SamePath(path, template_path)) continue;
    // A path without names goes before one with names: /v1/events/stream.
    if (found == nullptr || template_path.find('{') == std::string_view::npos) {
      found = &item.as_object();
      *name = template_path;
    }
  }
  return found;
}

std::vector<std::string> OpenApi::Check(const Exchange& exchange) {
  const std::string_view path =
      std::string_view(exchange.target).substr(0, exchange.target.find('?'));
  std::string name;
  const json::object* item = FindPath(exchange.listener, path, &name);
  const std::string method = exchange.method == "HEAD" ? "get" : Lower(exchange.method);
  const bool known =
      std::find(std::begin(kMethods), std::end(kMethods), method) != std::end(kMethods);
  const json::value* operation = known && item != nullptr ? item->if_contains(method) : nullptr;
  const json::value* response = nullptr;
  if (operation != nullptr) {
    response = operation->at("responses").as_object().if_contains(std::to_string(exchange.status));
  } else if (item != nullptr && exchange.status == 405) {
    response = &document_.at("components").at("responses").at("MethodNotAllowed");
  } else {
    for (const std::string_view component : kBeforeRouting) {
      const json::value& candidate = document_.at("components").at("responses").at(component);
      const std::vector<std::string> codes = Codes(document_, candidate);
      if (std::find(codes.begin(), codes.end(), Code(exchange)) != codes.end()) {
        response = &candidate;
      }
    }
  }
  if (response == nullptr) {
    return {Name(exchange) + ": the contract lists no such answer: " + exchange.body};
  }
  if (operation != nullptr) {
    const std::lock_guard lock(mutex_);
    seen_.insert({{exchange.listener, Upper(method), name}, exchange.status, Code(exchange)});
  }
  return CheckAnswer(Resolve(document_, *response), exchange);
}

std::vector<std::string> OpenApi::CheckAnswer(const json::value& response,
                                              const Exchange& exchange) const {
  std::vector<std::string> problems;
  const auto add = [&](const std::string& what) {
    problems.push_back(Name(exchange) + ": " + what);
  };

  // Headers: those listed, and of those that mean something no others.
  static const json::object kNone;
  const auto* listed = response.as_object().if_contains("headers");
  const json::object& headers = listed != nullptr ? listed->as_object() : kNone;
  for (const auto& [name, ref] : headers) {
    const json::value& header = Resolve(document_, ref);
    const std::optional<std::string> value = Header(exchange, name);
    if (!value) {
      if (header.at("required").as_bool()) add("lacks the header " + std::string(name));
      continue;
    }
    for (const std::string& what :
         CheckSchema(document_, header.at("schema"), json::string(*value))) {
      add("header " + std::string(name) + " " + what);
    }
  }
  for (const std::string_view name : kContractHeaders) {
    if (Header(exchange, name) && !headers.contains(name)) {
      add("has the header " + std::string(name) + ", which is not described here");
    }
  }

  // Body.
  const auto* contents = response.as_object().if_contains("content");
  if (contents == nullptr) {
    if (!exchange.body.empty()) add("has a body where none is described");
    return problems;
  }
  std::string type = Header(exchange, "Content-Type").value_or("");
  type = type.substr(0, type.find(';'));
  const auto* content = contents->as_object().if_contains(type);
  if (content == nullptr) {
    add("has the content type '" + type + "', which is not described");
    return problems;
  }
  if (exchange.method == "HEAD") {
    if (!exchange.body.empty()) add("has a body after HEAD");
    return problems;
  }
  if (!type.ends_with("json")) return problems;
  boost::system::error_code error;
  const json::value body = json::parse(exchange.body, error);
  if (error) {
    add("is no JSON: " + exchange.body);
    return problems;
  }
  for (const std::string& what : CheckSchema(document_, content->at("schema"), body)) add(what);
  if (problems.empty() && exchange.status >= 400) {
    if (body.at("status").to_number<int>() != exchange.status) add("names another status");
    if (body.at("request_id").as_string() != Header(exchange, "X-Request-Id").value_or("")) {
      add("names another request than its header");
    }
    if (body.as_object().contains("errors") != (exchange.status == 422)) {
      add("has errors where they do not belong, or lacks them: " + exchange.body);
    }
  }
  return problems;
}

std::set<Listed> OpenApi::Seen() const {
  const std::lock_guard lock(mutex_);
  return seen_;
}

}  // namespace latchkey::testing
