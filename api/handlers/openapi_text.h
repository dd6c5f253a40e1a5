// api/openapi.yaml, built into the program.
#pragma once

#include <string_view>

namespace latchkey::api {

std::string_view OpenApiText();

}  // namespace latchkey::api
