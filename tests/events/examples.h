// One example of every fact, with every field set; the golden files are made of them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "events/event.pb.h"

namespace latchkey::events {

// Bytes that look like digests; no two of different seeds share a run.
std::string Bytes(std::size_t size, std::uint32_t seed);

std::vector<Event> ExampleEvents();
Personal ExamplePersonal();  // what is sealed in them

}  // namespace latchkey::events
