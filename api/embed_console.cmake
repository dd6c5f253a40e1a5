# Writes OUT, a C++ file that holds every file below DIR as it is and compressed, as api/console.h shows
# them. The bytes come in through the assembler (.incbin): megabytes as an array would take the
# compiler minutes. Without DIR there are no files. PACKED is a directory to work in.
cmake_minimum_required(VERSION 3.25)
set(types_html "text/html; charset=utf-8")
set(types_js "text/javascript; charset=utf-8")
set(types_css "text/css; charset=utf-8")
set(types_json "application/json")
set(types_webmanifest "application/manifest+json")
set(types_txt "text/plain; charset=utf-8")
set(types_svg "image/svg+xml")
set(types_png "image/png")
set(types_ico "image/x-icon")
set(types_woff2 "font/woff2")

set(paths "")
if(DIR)
  file(REMOVE_RECURSE ${PACKED})
  file(GLOB_RECURSE paths RELATIVE ${DIR} ${DIR}/*)
  list(SORT paths)
  if(NOT "index.html" IN_LIST paths)
    message(FATAL_ERROR "${DIR} holds no index.html")
  endif()
endif()

set(sections "")
set(labels "")
set(rows "")
set(number 0)
foreach(path IN LISTS paths)
  string(REGEX REPLACE ".*\\." "" extension ${path})
  if(NOT DEFINED types_${extension})
    message(FATAL_ERROR "${path}: embed_console.cmake knows no content type for .${extension}")
  endif()
  set(packed ${PACKED}/${number}.br)
  file(MAKE_DIRECTORY ${PACKED})
  execute_process(COMMAND brotli --best --stdout ${DIR}/${path} OUTPUT_FILE ${packed}
    COMMAND_ERROR_IS_FATAL ANY)
  file(SIZE ${DIR}/${path} size)
  file(SIZE ${packed} packed_size)
  file(SHA256 ${DIR}/${path} digest)
  string(SUBSTRING ${digest} 0 32 digest)
  set(brotli "{}")
  foreach(kind plain packed)
    set(label latchkey_console_${kind}_${number})
    if(kind STREQUAL "plain")
      set(from ${DIR}/${path})
    elseif(packed_size LESS size)
      set(from ${packed})
      set(brotli "Between(${label}, ${label}_end)")
    else()
      continue()
    endif()
    string(APPEND sections
      "    \".global ${label}\\n${label}:\\n.incbin \\\"${from}\\\"\\n\"\n"
      "    \".global ${label}_end\\n${label}_end:\\n\"\n")
    string(APPEND labels "extern const char ${label}[], ${label}_end[];\n")
  endforeach()
  string(APPEND rows
    "      {\"${path}\", \"${types_${extension}}\", \"\\\"${digest}\\\"\", \"\\\"${digest}-br\\\"\",\n"
    "       Between(latchkey_console_plain_${number}, latchkey_console_plain_${number}_end),\n"
    "       ${brotli}},\n")
  math(EXPR number "${number} + 1")
endforeach()

if(NOT paths)
  file(WRITE ${OUT} "#include \"api/console.h\"\n
namespace latchkey::api {\n
std::span<const ConsoleFile> ConsoleFiles() { return {}; }\n
}  // namespace latchkey::api\n")
  return()
endif()
file(WRITE ${OUT} "#include \"api/console.h\"\n
asm(\".section .rodata\\n\"
${sections}    \".previous\\n\");\n
extern \"C\" {
${labels}}\n
namespace latchkey::api {
namespace {\n
std::string_view Between(const char* begin, const char* end) {
  return {begin, static_cast<std::size_t>(end - begin)};
}\n
}  // namespace\n
std::span<const ConsoleFile> ConsoleFiles() {
  static const ConsoleFile files[] = {
${rows}  };
  return files;
}\n
}  // namespace latchkey::api\n")
