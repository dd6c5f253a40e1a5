// Writes JSON straight into a string that is used again and again. The caller keeps the grammar.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace latchkey::api {

class JsonWriter {
 public:
  explicit JsonWriter(std::string* out) : out_(*out) {}

  void BeginObject() { Open('{'); }
  void EndObject() { out_.push_back('}'); }
  void BeginArray() { Open('['); }
  void EndArray() { out_.push_back(']'); }

  void Key(std::string_view key);       // a literal that needs no escaping
  void String(std::string_view value);  // UTF-8
  void Integer(std::int64_t value);
  void Unsigned(std::uint64_t value);
  void Bool(bool value);
  void Null();
  void Raw(std::string_view json);  // one whole value

  // A member of the object begun last.
  void Member(std::string_view key, std::string_view value) { Key(key), String(value); }
  void Member(std::string_view key, const char* value) { Key(key), String(value); }
  void MemberOrNull(std::string_view key, std::string_view value);  // null when empty
  void NullMember(std::string_view key) { Key(key), Null(); }
  void Number(std::string_view key, std::uint64_t value) { Key(key), Unsigned(value); }

 private:
  void Open(char bracket) { Separate(), out_.push_back(bracket); }
  void Separate();  // the comma, where one is due

  std::string& out_;
};

}  // namespace latchkey::api
