# A quick build: a third of the processor time of one from nothing. Headers of the system that most of
# the code includes are read once (a precompiled header), and files of a target are compiled eight at a
# time as one (unity; CMAKE_UNITY_BUILD_BATCH_SIZE says how many). Every file still includes what it uses
# and stands alone: the test plain_build, of --full, is without LATCHKEY_QUICK and would not compile otherwise.
option(LATCHKEY_QUICK "Compile with a precompiled header and several files at once" OFF)
if(LATCHKEY_QUICK)
  # A precompiled header is only good where these are defined alike.
  add_compile_definitions(BOOST_JSON_DYN_LINK BOOST_JSON_NO_LIB BOOST_CONTAINER_DYN_LINK
    BOOST_CONTAINER_NO_LIB)
  # Written when it changes and never again: all that is compiled is newer than it.
  file(CONFIGURE OUTPUT ${PROJECT_BINARY_DIR}/precompiled.cc CONTENT "")
  add_library(latchkey_precompiled OBJECT ${PROJECT_BINARY_DIR}/precompiled.cc)
  target_precompile_headers(latchkey_precompiled PRIVATE
    <algorithm> <array> <atomic> <chrono> <condition_variable> <filesystem> <functional> <map>
    <memory> <mutex> <optional> <set> <span> <sstream> <string> <string_view> <thread>
    <unordered_map> <utility> <variant> <vector>
    <boost/json/object.hpp> <boost/json/parse.hpp> <boost/json/serialize.hpp>
    <boost/json/value.hpp> <google/protobuf/generated_message_reflection.h>
    <google/protobuf/map.h> <google/protobuf/message.h> <google/protobuf/repeated_field.h>
    <google/protobuf/unknown_field_set.h> <rocksdb/db.h> <rocksdb/options.h> <tl/expected.hpp>)
  target_compile_options(latchkey_precompiled PRIVATE -Winvalid-pch)
endif()

# One library a folder. Warnings are errors for everything written here; generated code is exempt.
function(latchkey_options target)
  target_compile_options(${target} PRIVATE -Wall -Wextra -Werror -Wshadow -Wnon-virtual-dtor
    -Woverloaded-virtual -Wcast-align -Wimplicit-fallthrough -Wswitch)
  target_include_directories(${target} PUBLIC ${PROJECT_SOURCE_DIR})
  if(LATCHKEY_QUICK)
    target_precompile_headers(${target} REUSE_FROM latchkey_precompiled)
    set_target_properties(${target} PROPERTIES UNITY_BUILD ON)
    # What a class holds may have a type of its .cc alone; GCC warns of it in an included file. With a
    # precompiled header GCC 12 forgets which headers are the system's, and its optimiser warns of theirs.
    target_compile_options(${target} PRIVATE "$<$<CXX_COMPILER_ID:GNU>:-Wno-subobject-linkage;\
-Wno-array-bounds;-Wno-restrict;-Wno-stringop-overflow;-Wno-stringop-overread>")
  endif()
endfunction()

# latchkey_library(name SOURCES a.cc b.cc DEPENDS other ...)
function(latchkey_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPENDS" ${ARGN})
  add_library(${name} STATIC ${ARG_SOURCES})
  latchkey_options(${name})
  target_link_libraries(${name} PUBLIC ${ARG_DEPENDS})
endfunction()

# latchkey_proto(name file.proto): a library of the generated code, headers included by full path.
function(latchkey_proto name proto)
  get_filename_component(dir ${CMAKE_CURRENT_SOURCE_DIR}/${proto} DIRECTORY)
  get_filename_component(stem ${proto} NAME_WE)
  file(RELATIVE_PATH path ${PROJECT_SOURCE_DIR} ${dir}/${stem})
  set(out ${PROJECT_BINARY_DIR}/generated)
  add_custom_command(
    OUTPUT ${out}/${path}.pb.cc ${out}/${path}.pb.h
    COMMAND ${CMAKE_COMMAND} -E make_directory ${out}
    COMMAND protobuf::protoc --proto_path=${PROJECT_SOURCE_DIR} --cpp_out=${out}
            ${PROJECT_SOURCE_DIR}/${path}.proto
    DEPENDS ${PROJECT_SOURCE_DIR}/${path}.proto
    VERBATIM)
  add_library(${name} STATIC ${out}/${path}.pb.cc)
  target_include_directories(${name} SYSTEM PUBLIC ${out})
  target_link_libraries(${name} PUBLIC protobuf::libprotobuf)
endfunction()

# latchkey_folder(name DEPENDS other ...): one library out of all sources of this folder.
function(latchkey_folder name)
  cmake_parse_arguments(ARG "" "" "DEPENDS" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cc)
  latchkey_library(${name} SOURCES ${sources} DEPENDS ${ARG_DEPENDS})
endfunction()

# How test programs are run. ThreadSanitizer cannot place its memory where the kernel randomises
# addresses much, so there its programs run without; some containers forbid that and do not need it.
set(latchkey_test_launcher "")
if(LATCHKEY_THREAD_SANITIZER)
  execute_process(COMMAND setarch --addr-no-randomize true RESULT_VARIABLE result ERROR_QUIET)
  if(result EQUAL 0)
    set(latchkey_test_launcher setarch --addr-no-randomize)
  endif()
endif()
# AddressSanitizer keeps 10 frames of each allocation's stack instead of 30: a fifth of all time went
# into those.
set(latchkey_test_environment
  "ASAN_OPTIONS=detect_stack_use_after_return=1:strict_string_checks=1:check_initialization_order=1:malloc_context_size=10"
  "UBSAN_OPTIONS=print_stacktrace=1"
  "TSAN_OPTIONS=suppressions=${PROJECT_SOURCE_DIR}/tests/tsan.supp:second_deadlock_stack=1")

# latchkey_test(name [TIMEOUT seconds] [IN_TURN pattern] DEPENDS other ...): one test program out of all
# *_test.cc of this folder, run by ctest under its name, those with the longest TIMEOUT first. A preset that
# names LATCHKEY_ONLY_TESTS builds and runs no others unless they are asked for by target. Tests of the
# pattern IN_TURN do one thing after another: ThreadSanitizer would find nothing and take ten times as long.
function(latchkey_test name)
  cmake_parse_arguments(ARG "" "TIMEOUT;IN_TURN" "DEPENDS" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*_test.cc)
  if(NOT sources)
    return()
  endif()
  add_executable(${name} ${sources})
  latchkey_options(${name})
  target_link_libraries(${name} PRIVATE latchkey_test_support ${ARG_DEPENDS})
  target_compile_definitions(${name} PRIVATE
    LATCHKEY_GOLDEN_DIR="${PROJECT_SOURCE_DIR}/tests/golden"
    LATCHKEY_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
  if(LATCHKEY_ONLY_TESTS AND NOT name IN_LIST LATCHKEY_ONLY_TESTS)
    set_target_properties(${name} PROPERTIES EXCLUDE_FROM_ALL ON)
    return()
  endif()
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 300)
  endif()
  set(chosen "")
  if(LATCHKEY_THREAD_SANITIZER AND ARG_IN_TURN)
    set(chosen --gtest_filter=-${ARG_IN_TURN})
  endif()
  add_test(NAME ${name}${LATCHKEY_TEST_SUFFIX}
    COMMAND ${latchkey_test_launcher} $<TARGET_FILE:${name}> ${chosen})
  set_tests_properties(${name}${LATCHKEY_TEST_SUFFIX} PROPERTIES
    TIMEOUT ${ARG_TIMEOUT} COST ${ARG_TIMEOUT} ENVIRONMENT "${latchkey_test_environment}")
endfunction()

# latchkey_check(name): runs tests/checks/<name>.sh as a test.
function(latchkey_check name)
  if(NOT LATCHKEY_ONLY_TESTS)
    add_test(NAME check_${name} COMMAND ${PROJECT_SOURCE_DIR}/tests/checks/${name}.sh)
  endif()
endfunction()
