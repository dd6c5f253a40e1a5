#include "core/crypto/wiping_memory.h"

#include <new>

#include <boost/json/memory_resource.hpp>

#include "core/crypto/wiping.h"

namespace latchkey::crypto {
namespace {

class Resource final : public boost::json::memory_resource {
  // Boost.JSON needs no more alignment than every allocation has, and frees strings with another
  // alignment than it requested.
  void* do_allocate(std::size_t size, std::size_t) override { return ::operator new(size); }
  void do_deallocate(void* bytes, std::size_t size, std::size_t) override {
    WipeBytes(static_cast<char*>(bytes), size);
    ::operator delete(bytes);
  }
  bool do_is_equal(const boost::json::memory_resource& other) const noexcept override {
    return this == &other;
  }
};

}  // namespace

boost::json::storage_ptr WipingMemory() {
  static Resource resource;
  return &resource;
}

}  // namespace latchkey::crypto
