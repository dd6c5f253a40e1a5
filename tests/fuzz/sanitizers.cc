// Options of the sanitizers, so that a finding is told alike by ctest and by hand. addr2line comes
// with the compiler; LLVM's own symbolizer would be one more large package.

extern "C" const char* __asan_default_options() {
  return "external_symbolizer_path=/usr/bin/addr2line:detect_stack_use_after_return=1:"
         "strict_string_checks=1";
}

extern "C" const char* __ubsan_default_options() { return "print_stacktrace=1"; }
