// Damages single files of a data directory that nobody serves.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "tests/support/fakes.h"

namespace latchkey::testing {

enum class Damage {
  kLose,   // the file is gone
  kEmpty,  // it is there, without content
  kCut,    // its end is gone, from anywhere on
  kFlip,   // one bit
  kZero,   // a sector of it
  kAge     // it is as it was earlier
};
inline constexpr Damage kDamages[] = {Damage::kLose, Damage::kEmpty, Damage::kCut,
                                      Damage::kFlip, Damage::kZero,  Damage::kAge};
std::string NameOf(Damage damage);

// The files of a directory that a start depends on, by their paths below it, sorted.
std::vector<std::string> FilesOf(const std::filesystem::path& data);

// False when there is nothing to damage so: an empty file, or none of that name in `earlier`, an
// older copy of the directory.
bool Inflict(Damage damage, const std::filesystem::path& data, const std::string& file,
             const std::filesystem::path& earlier, SeededRandom& random);

}  // namespace latchkey::testing
