// What answers on the management listener tell a browser about themselves. Thread-safe: a free
// function without state.
#pragma once

#include <string>
#include <string_view>

#include "api/call/call.h"

namespace latchkey::api {

// Appends these header fields. Nothing on the gateway listener, where no browser comes.
void AppendSecurityFields(const Call& call, std::string* out);

// Whether the host of a Host field is a name other than localhost: then it is taken to be this
// service's own, and browsers are told never to ask it without TLS. Of an address they would not
// heed that, and on localhost it would concern whatever else is developed there.
bool IsNameOfItsOwn(std::string_view host);

}  // namespace latchkey::api
