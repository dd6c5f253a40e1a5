#include "core/subjects/subjects.h"

#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <rocksdb/write_batch.h>

#include "tests/support/fakes.h"
#include "tests/support/fault_fs.h"
#include "tests/support/temp_dir.h"

namespace latchkey {
namespace {

namespace fs = std::filesystem;

const std::string kAcme(16, 'a');
const std::string kBravo(16, 'b');

events::Personal SomePersonal() {
  events::Personal personal;
  personal.set_hostname("gw-7.example.net");
  personal.set_address("192.0.2.7");
  return personal;
}

class SubjectsTest : public ::testing::Test {
 protected:
  SubjectsTest() { Reopen(); }

  void Reopen() {
    subjects_.reset();
    auto opened = Subjects::Open(path_, files_.resources, Subjects::Access::kMake);
    ASSERT_TRUE(opened) << opened.error().detail;
    subjects_ = *std::move(opened);
  }
  events::Sealed Seal(const std::string& subject,
                      const events::Personal& personal = SomePersonal()) {
    const Result<events::Sealed> sealed = subjects_->Seal(subject, personal, random_);
    EXPECT_TRUE(sealed);
    return sealed.value_or(events::Sealed());
  }
  bool Opens(const events::Sealed& sealed) {
    const std::optional<events::Personal> opened = subjects_->Open(sealed);
    return opened && opened->SerializeAsString() == SomePersonal().SerializeAsString();
  }

  testing::TempDir directory_;
  fs::path path_ = directory_ / "subjects";
  testing::FaultyResources files_;
  testing::SeededRandom random_;
  std::unique_ptr<Subjects> subjects_;
};

TEST_F(SubjectsTest, WhatIsSealedOpensAgain) {
  const events::Sealed sealed = Seal(kAcme);
  EXPECT_EQ(sealed.subject(), kAcme);
  EXPECT_EQ(sealed.nonce().size(), 12u);
  EXPECT_EQ(sealed.box().find("gw-7"), std::string::npos);
  EXPECT_TRUE(Opens(sealed));
  EXPECT_TRUE(Opens(Seal(kBravo)));
  const events::Sealed empty = Seal(kAcme, events::Personal());
  EXPECT_TRUE(subjects_->Open(empty));
}

TEST_F(SubjectsTest, NoTwoBoxesAreAlike) {
  const events::Sealed first = Seal(kAcme), second = Seal(kAcme);
  EXPECT_NE(first.nonce(), second.nonce());
  EXPECT_NE(first.box(), second.box());
}

TEST_F(SubjectsTest, APseudonymIsTheSameForEverAndOfThisLedgerAlone) {
  const std::string ann = subjects_->Pseudonym("ann", random_).value();
  EXPECT_EQ(ann.size(), 16u);
  EXPECT_NE(subjects_->Pseudonym("bob", random_).value(), ann);
  Reopen();
  EXPECT_EQ(subjects_->Pseudonym("ann", random_).value(), ann);
  auto other = Subjects::Open(directory_ / "other", files_.resources, Subjects::Access::kMake);
  ASSERT_TRUE(other);
  EXPECT_NE((*other)->Pseudonym("ann", random_).value(), ann);
}

TEST_F(SubjectsTest, KeysOutliveARestart) {
  const events::Sealed sealed = Seal(kAcme);
  Reopen();
  EXPECT_TRUE(Opens(sealed));
  EXPECT_TRUE(Opens(Seal(kAcme)));
  EXPECT_TRUE(Opens(sealed));  // the key was found, not made again
}

TEST_F(SubjectsTest, OpensNothingElse) {
  const events::Sealed sealed = Seal(kAcme);
  Seal(kBravo);
  struct Row {
    const char* name;
    void (*change)(events::Sealed&);
  };
  const Row kRows[] = {
      {"under the key of another", [](events::Sealed& s) { s.set_subject(kBravo); }},
      {"of a subject whose key is gone",
       [](events::Sealed& s) { s.set_subject(std::string(16, 'c')); }},
      {"without a subject", [](events::Sealed& s) { s.clear_subject(); }},
      {"of a short subject", [](events::Sealed& s) { s.mutable_subject()->pop_back(); }},
      {"without a nonce", [](events::Sealed& s) { s.clear_nonce(); }},
      {"with another nonce", [](events::Sealed& s) { (*s.mutable_nonce())[0] ^= 1; }},
      {"with another ciphertext", [](events::Sealed& s) { (*s.mutable_box())[0] ^= 1; }},
      {"with another tag", [](events::Sealed& s) { s.mutable_box()->back() ^= 1; }},
      {"cut short", [](events::Sealed& s) { s.mutable_box()->resize(10); }},
      {"without a box", [](events::Sealed& s) { s.clear_box(); }},
  };
  for (const Row& row : kRows) {
    events::Sealed changed = sealed;
    row.change(changed);
    EXPECT_FALSE(subjects_->Open(changed)) << row.name;
  }
  EXPECT_TRUE(Opens(sealed));
}

TEST_F(SubjectsTest, CountsTheKeysItHasMadeErasedOnesToo) {
  EXPECT_EQ(subjects_->made(), 0u);
  Seal(kAcme);
  Seal(kAcme);
  EXPECT_EQ(subjects_->made(), 1u);
  ASSERT_TRUE(subjects_->Pseudonym("ann", random_));
  Seal(kBravo);
  EXPECT_EQ(subjects_->made(), 3u);
  EXPECT_TRUE(subjects_->Has(kAcme).value());
  EXPECT_FALSE(subjects_->Has(std::string(16, 'c')).value());
  Reopen();
  EXPECT_EQ(subjects_->made(), 3u);
}

TEST_F(SubjectsTest, KeysOfEarlierReleasesAreCounted) {
  Seal(kAcme);
  Seal(kBravo);
  ASSERT_TRUE(subjects_->Bind(std::string(16, 'l')));
  subjects_.reset();
  {
    auto db = rocks::Database::Open(path_, rocks::CommonOptions(files_.resources),
                                    {{"keys", rocksdb::ColumnFamilyOptions()}},
                                    rocks::Mode::kReadWrite, "the keys");
    ASSERT_TRUE(db);
    ASSERT_TRUE((**db)->Delete(rocks::SyncedWrite(), (*db)->family(0), "made").ok());
  }
  Reopen();
  EXPECT_EQ(subjects_->made(), 2u);
  Seal(std::string(16, 'c'));
  EXPECT_EQ(subjects_->made(), 3u);
}

TEST_F(SubjectsTest, AfterAFailedDiskItIsReopenedAndMakesKeysAgain) {
  const events::Sealed before = Seal(kAcme);
  files_.fs->FailSync(".log");
  EXPECT_FALSE(subjects_->Seal(kBravo, events::Personal(), random_));
  EXPECT_TRUE(subjects_->failed());
  EXPECT_TRUE(Opens(Seal(kAcme))) << "a key that is there goes on";
  EXPECT_FALSE(subjects_->Seal(kBravo, events::Personal(), random_));
  files_.fs->Heal();
  EXPECT_FALSE(subjects_->Seal(kBravo, events::Personal(), random_)) << "not by itself";
  ASSERT_TRUE(subjects_->Reopen());
  EXPECT_FALSE(subjects_->failed());
  EXPECT_TRUE(Opens(Seal(kBravo)));
  EXPECT_TRUE(Opens(before));
  EXPECT_EQ(subjects_->made(), 2u);
}

TEST_F(SubjectsTest, AnErasedKeyTakesTheDataWithIt) {
  const events::Sealed sealed = Seal(kAcme);
  const events::Sealed other = Seal(kBravo);
  subjects_.reset();
  {
    auto db = rocks::Database::Open(path_, rocks::CommonOptions(files_.resources),
                                    {{"keys", rocksdb::ColumnFamilyOptions()}},
                                    rocks::Mode::kReadWrite, "the keys");
    ASSERT_TRUE(db);
    ASSERT_TRUE((**db)->Delete(rocks::SyncedWrite(), (*db)->family(0), kAcme).ok());
  }
  Reopen();
  EXPECT_FALSE(subjects_->Open(sealed));
  EXPECT_TRUE(Opens(other));
}

TEST_F(SubjectsTest, AKeyIsOnDiskBeforeItIsUsed) {
  const events::Sealed sealed = Seal(kAcme);
  const fs::path after = directory_ / "after";
  files_.fs->CopyAsSynced(path_, after);  // power fails now
  const auto opened = Subjects::Open(after, files_.resources, Subjects::Access::kMake);
  ASSERT_TRUE(opened) << opened.error().detail;
  EXPECT_TRUE((*opened)->Open(sealed));
}

TEST_F(SubjectsTest, NothingIsSealedUnderAKeyThatMayBeLost) {
  const events::Sealed known = Seal(kAcme);
  files_.fs->FailSync(".log");
  for (int i = 0; i < 2; ++i) {
    const Result<events::Sealed> sealed = subjects_->Seal(kBravo, SomePersonal(), random_);
    ASSERT_FALSE(sealed);
    EXPECT_EQ(sealed.error().code, ErrorCode::kIo);
    EXPECT_EQ(sealed.error().detail.find('/'), std::string::npos);
    files_.fs->Heal();  // a sync that failed is not tried again
  }
  EXPECT_TRUE(Opens(Seal(kAcme)));  // needs no new key
  Reopen();
  EXPECT_TRUE(Opens(known));
  EXPECT_TRUE(Opens(Seal(kBravo)));
}

TEST_F(SubjectsTest, ASubjectHasOneKeyAlsoUnderARace) {
  constexpr int kThreads = 8;
  std::vector<events::Sealed> sealed(kThreads);
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&, i] { sealed[i] = Seal(kAcme); });
  }
  for (std::thread& thread : threads) thread.join();
  Reopen();
  for (const events::Sealed& each : sealed) EXPECT_TRUE(Opens(each));
}

TEST_F(SubjectsTest, HoldsMoreSubjectsThanTheCache) {
  constexpr std::uint64_t kSubjects = 17'000;  // the cache holds 16,384
  subjects_.reset();
  {
    auto db = rocks::Database::Open(path_, rocks::CommonOptions(files_.resources),
                                    {{"keys", rocksdb::ColumnFamilyOptions()}},
                                    rocks::Mode::kReadWrite, "the keys");
    ASSERT_TRUE(db);
    rocksdb::WriteBatch batch;
    for (std::uint64_t i = 0; i < kSubjects; ++i) {
      (void)batch.Put((*db)->family(0), std::to_string(1'000'000'000'000'000 + i),
                      std::string(32, static_cast<char>(i)));
    }
    ASSERT_TRUE((**db)->Write(rocks::SyncedWrite(), &batch).ok());
  }
  Reopen();
  std::vector<events::Sealed> sealed;
  for (std::uint64_t i = 0; i < kSubjects; ++i) {
    sealed.push_back(Seal(std::to_string(1'000'000'000'000'000 + i)));
  }
  for (const events::Sealed& each : sealed) ASSERT_TRUE(Opens(each));
}

TEST_F(SubjectsTest, AReaderOpensAndSealsUnderKnownKeysOnly) {
  const events::Sealed sealed = Seal(kAcme);
  const auto reader = Subjects::Open(path_, files_.resources, Subjects::Access::kRead);
  ASSERT_TRUE(reader) << reader.error().detail;
  EXPECT_TRUE((*reader)->Open(sealed));
  const auto refused = (*reader)->Seal(kBravo, SomePersonal(), random_);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kReadOnly);
}

TEST_F(SubjectsTest, ASecondWriterIsRefused) {
  const auto second = Subjects::Open(path_, files_.resources, Subjects::Access::kMake);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::kInUse);
}

TEST_F(SubjectsTest, DamageIsFound) {
  const events::Sealed sealed = Seal(kAcme);
  subjects_.reset();
  for (const auto& file : fs::directory_iterator(path_)) {
    if (file.path().filename().string().starts_with("MANIFEST")) fs::remove(file.path());
  }
  const auto opened = Subjects::Open(path_, files_.resources, Subjects::Access::kMake);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, ErrorCode::kUnusable);
  EXPECT_EQ(opened.error().detail.find('/'), std::string::npos);
}

// RocksDB would make a new store over the rest of this one, and delete the rest.
TEST_F(SubjectsTest, WithoutItsCurrentFileItIsDamagedForEveryone) {
  const events::Sealed sealed = Seal(kAcme);
  subjects_.reset();
  fs::rename(path_ / "CURRENT", directory_ / "aside");
  for (const auto access :
       {Subjects::Access::kMake, Subjects::Access::kWrite, Subjects::Access::kRead}) {
    const auto opened = Subjects::Open(path_, files_.resources, access);
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, ErrorCode::kUnusable);
    EXPECT_NE(opened.error().detail.find("CURRENT is missing"), std::string::npos);
  }
  fs::rename(directory_ / "aside", path_ / "CURRENT");
  Reopen();
  EXPECT_TRUE(Opens(sealed));
}

TEST_F(SubjectsTest, IsMadeOnlyWhereThatIsAskedFor) {
  for (const auto access : {Subjects::Access::kWrite, Subjects::Access::kRead}) {
    const auto opened = Subjects::Open(directory_ / "none", files_.resources, access);
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, ErrorCode::kUnusable);
    EXPECT_NE(opened.error().detail.find("is missing"), std::string::npos);
    EXPECT_FALSE(fs::exists(directory_ / "none"));
  }
}

TEST_F(SubjectsTest, NamesItsLedger) {
  EXPECT_EQ(subjects_->BoundTo().value(), std::nullopt);
  for (const std::string& ledger : {std::string(16, 'x'), std::string(16, 'l')}) {
    ASSERT_TRUE(subjects_->Bind(ledger));
    const fs::path after = directory_ / ledger;
    files_.fs->CopyAsSynced(path_, after);  // power fails now
    const auto opened = Subjects::Open(after, files_.resources, Subjects::Access::kWrite);
    ASSERT_TRUE(opened) << opened.error().detail;
    EXPECT_EQ((*opened)->BoundTo().value(), ledger);
  }
}

// As a backup takes them, and a restore puts them back.
TEST_F(SubjectsTest, AreCopiedToAnotherStore) {
  const events::Sealed sealed = Seal(kAcme);
  Seal(kBravo);
  ASSERT_TRUE(subjects_->Bind(std::string(16, 'l')));
  const std::string pseudonym = *subjects_->Pseudonym("ada", random_);
  std::vector<Subjects::Row> rows;
  ASSERT_TRUE(subjects_->Visit([&](std::string_view name, std::string_view value) {
    rows.push_back({std::string(name), crypto::Secret(std::string(value))});
  }));
  const std::uint64_t made = subjects_->made();
  path_ = directory_ / "copy";
  Reopen();
  ASSERT_TRUE(subjects_->Put(rows));
  EXPECT_EQ(subjects_->made(), made);
  EXPECT_TRUE(Opens(sealed));
  EXPECT_EQ(subjects_->BoundTo().value(), std::string(16, 'l'));
  EXPECT_EQ(*subjects_->Pseudonym("ada", random_), pseudonym);
  Reopen();
  EXPECT_TRUE(Opens(sealed));
}

TEST_F(SubjectsTest, OnlyTheOwnerMayLookIntoTheDirectory) {
  EXPECT_EQ(fs::status(path_).permissions() & fs::perms::all, fs::perms::owner_all);
}

TEST_F(SubjectsTest, ASubjectIsSixteenBytes) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH((void)subjects_->Seal("short", SomePersonal(), random_), "16 bytes");
}

}  // namespace
}  // namespace latchkey
