// Memory for JSON that may hold keys and tokens: wiped when it is freed.
#pragma once

#include <boost/json/storage_ptr.hpp>

namespace latchkey::crypto {

// The only resource of this kind; thread-safe, never destroyed. A JSON value keeps the resource
// that it was made with: assigning it to a value with another resource copies it.
boost::json::storage_ptr WipingMemory();

}  // namespace latchkey::crypto
