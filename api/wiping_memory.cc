#include "api/wiping_memory.h"

#include <new>

#include <boost/json/memory_resource.hpp>

#include "core/crypto/wiping.h"

namespace latchkey::api {
namespace {

class Resource final : public boost::json::memory_resource {
  void* do_allocate(std::size_t size, std::size_t align) override {
    return ::operator new(size, std::align_val_t(align));
  }
  void do_deallocate(void* bytes, std::size_t size, std::size_t align) override {
    crypto::WipeBytes(static_cast<char*>(bytes), size);
    ::operator delete(bytes, std::align_val_t(align));
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

}  // namespace latchkey::api
