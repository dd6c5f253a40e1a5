#include "api/handlers/labels.h"

#include <boost/json/object.hpp>

#include "core/base/limits.h"

namespace latchkey::api {

domain::Labels ReadLabels(Fields* fields) {
  domain::Labels labels;
  const boost::json::object* object = fields->Object("labels").if_object();
  if (object == nullptr) return labels;
  if (object->size() > ledger_limits::kMaxLabels) {
    fields->Check(Invalid("/labels", "A gateway has at most " +
                                         std::to_string(ledger_limits::kMaxLabels) + " labels."));
    return labels;
  }
  for (const auto& [name, value] : *object) {
    const std::string key(name);
    if (Status good = domain::CheckLabelKey(key, "/labels"); !good) {
      fields->Check(good);
      continue;
    }
    const std::string pointer = "/labels/" + key;
    const boost::json::string* text = value.if_string();
    const Result<std::string> kept =
        text != nullptr ? domain::LabelValue({text->data(), text->size()}, pointer)
                        : Result<std::string>(Invalid(pointer, "It must be a string."));
    if (kept) {
      labels[key] = *kept;
    } else {
      fields->Check(kept.error());
    }
  }
  return labels;
}

std::string ReadNote(Fields* fields) {
  std::string note(fields->String("note").value_or(""));
  fields->Check(domain::CheckText(note, ledger_limits::kMaxNoteChars, "/note"));
  return note;
}

void ReadLabelFilter(Queries* queries, domain::Labels* labels) {
  for (const std::string_view text : queries->All("label")) {
    const std::size_t colon = text.find(':');
    const std::string key(text.substr(0, colon));
    const Result<std::string> value = colon == std::string_view::npos
                                          ? Result<std::string>(Invalid("", ""))
                                          : domain::LabelValue(text.substr(colon + 1), "");
    if (!value || !domain::CheckLabelKey(key, "")) {
      queries->Wrong("label", "It must be KEY:VALUE, the key and the value of a label.");
    } else if (!labels->emplace(key, *value).second && labels->at(key) != *value) {
      queries->Wrong("label", "A label has one value; " + key + " is asked for with two.");
    }
  }
}

}  // namespace latchkey::api
