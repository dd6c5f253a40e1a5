// Memory for JSON that may hold keys and tokens: wiped as it is given back.
#pragma once

#include <boost/json/storage_ptr.hpp>

namespace latchkey::crypto {

// The one resource of this kind; thread-safe, never goes away. A JSON value keeps the resource that
// it was made with: assigned to a value of another one it is copied.
boost::json::storage_ptr WipingMemory();

}  // namespace latchkey::crypto
