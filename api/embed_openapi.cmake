# Writes OUT, a source file that holds the bytes of IN.
file(READ ${IN} hex HEX)
string(REGEX REPLACE "(..)" "0x\\1," bytes "${hex}")
file(WRITE ${OUT} "#include \"api/handlers/openapi_text.h\"

namespace latchkey::api {
namespace {

constexpr unsigned char kText[] = {${bytes}};

}  // namespace

std::string_view OpenApiText() {
  return {reinterpret_cast<const char*>(kText), sizeof kText};
}

}  // namespace latchkey::api
")
